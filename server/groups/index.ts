/** The public face of customer groups. */
export { customerGroups, type CustomerGroup } from './group.entity.ts'
export { groupRoutes } from './groups.routes.ts'
export { firstGroupSync, groupEffects, groupHandlers, wantGroupSync } from './groups.workers.ts'
