// Rights of people: roles, grants for a time, campaigns, shares.
export { createRights, rightsRoutes, type Rights } from './rights.ts'
export { rightsEffects, rightsSchedules, tellWhatIsOver, type RightsWorkers } from './rights-over.ts'
export type { RightsOptions } from './rights-options.ts'
export { presentShares, sharesOf, shareWith } from './share-customer.ts'
