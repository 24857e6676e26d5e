/** The public face of policy. */
export { createPolicy, type Policy } from './policy.ts'
export type { BeforePublish, FailedTest, PolicyOptions } from './policy-options.ts'
export { policyRoutes } from './policy.routes.ts'
export { policyTestRoutes } from './policy-tests.routes.ts'
export type { Scenarios } from './policy-tests.ts'
export { policyEffects } from './policy.workers.ts'
export { currentPolicy } from './versions.ts'
