/** The public face of broadcasts. */
export { handRoutes } from './by-hand/hand.routes.ts'
export { handEffects } from './by-hand/index.ts'
export { wantHandBroadcasts } from './by-hand/read-lists.ts'
export { broadcastRoutes } from './broadcasts.routes.ts'
export { createBroadcasts, type Broadcasts } from './broadcasts.ts'
export { createPlanWorker } from './plan-work/plan-worker.ts'
export type { BroadcastOptions } from './broadcast-options.ts'
export type { BroadcastPorts, MakeBroadcastPorts, OutreachSource, OutreachTask } from './ports.ts'
