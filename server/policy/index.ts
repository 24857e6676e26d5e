/** The public face of policy. */
export { createPolicy, type Policy } from './policy.ts'
export type { BeforePublish, FailedTest, PolicyOptions } from './policy-options.ts'
export { policyRoutes } from './policy.routes.ts'
export { policyTestRoutes } from './policy-tests.routes.ts'
export type { Scenarios } from './policy-tests.ts'
export { policyEffects } from './policy.workers.ts'
export { currentPolicy } from './versions.ts'
// Rights of people: roles, grants for a time, campaigns, shares.
export { createRights, rightsRoutes, type Rights } from './rights.ts'
export { rightsEffects, rightsSchedules, tellWhatIsOver, type RightsWorkers } from './rights-over.ts'
export type { RightsOptions } from './rights-options.ts'
export { presentShares, sharesOf, shareWith } from './share-customer.ts'
