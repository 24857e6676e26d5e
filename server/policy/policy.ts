import type { BeforePublish, PolicyOptions } from './policy-options.ts'
import { keptTests, type Scenarios } from './policy-tests.ts'
import { policyPublishKind } from './publish-draft.ts'

/** The administration of the policy: what its routes and workers share, with the kinds of approval that it owns. */
export interface Policy extends PolicyOptions {
  readonly scenarios: Scenarios
  /** A test that every policy must pass before it is published. At start, by whoever keeps such tests. */
  testBeforePublishing(test: BeforePublish): void
}

/** Registers its kinds of approval, once at start. */
export function createPolicy(options: Omit<PolicyOptions, 'beforePublish'> & { readonly scenarios: Scenarios }): Policy {
  const beforePublish: BeforePublish[] = [keptTests(options.scenarios)]
  const policy: Policy = { ...options, beforePublish, testBeforePublishing: (test) => void beforePublish.push(test) }
  options.approvals.register(policyPublishKind(policy))
  return policy
}
