/** The public face of broadcasts. */
export { broadcastRoutes } from './broadcasts.routes.ts'
export { createBroadcasts, type Broadcasts } from './broadcasts.ts'
export type { BroadcastOptions } from './broadcast-options.ts'
export { closedPorts, type BroadcastPorts, type MakeBroadcastPorts, type OutreachSource, type OutreachTask } from './ports.ts'
