/** The public face of oversight: who may look into the audit, and how its chain is kept honest. */
export { parkedRoutes, type ParkedRoutes } from './parked.routes.ts'
export { oversightRoutes, type OversightRoutes } from './oversight.routes.ts'
export { oversightEffects, oversightSchedules, type OversightWorkers } from './oversight.workers.ts'
export { anchorAudit } from './anchor-audit.ts'
export { checkAudit } from './check-audit.ts'
