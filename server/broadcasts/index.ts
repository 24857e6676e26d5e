/** The public face of broadcasts. */
export { broadcastRoutes } from './broadcasts.routes.ts'
export { countConverted } from './results/count-results.ts'
export { createBroadcasts, type Broadcasts } from './broadcasts.ts'
export type { BroadcastOptions } from './broadcast-options.ts'
export type { BroadcastPorts, MakeBroadcastPorts, OutreachSource, OutreachTask } from './ports.ts'
