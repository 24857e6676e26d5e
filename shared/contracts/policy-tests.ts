import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'
import { PolicyPerson } from './policy.ts'

/** Policy files (docs/policy-tests.md) that every policy must pass before it is published. */

const ById = z.object({ id: z.uuid() }).strict()

export const PolicyTestItem = z.object({
  id: z.string(), name: z.string(), createdAt: Instant, createdBy: PolicyPerson.nullable(),
}).strict()
export type PolicyTestItem = z.infer<typeof PolicyTestItem>

/** One answer that is not the expected one. Without `expected`, the file cannot be asked of the policy, and `found` says why. */
export const PolicyTestDifference = z.object({
  line: z.number().int().nullable(), question: z.string(), expected: z.string().nullable(), found: z.string(),
}).strict()
export type PolicyTestDifference = z.infer<typeof PolicyTestDifference>

export const listPolicyTests = contract({
  method: 'GET',
  path: '/api/policy/tests',
  summary: 'The tests that are kept, by name.',
  needs: needsOperation('system.policy.view'),
  returns: z.object({ items: z.array(PolicyTestItem) }).strict(),
})

export const readPolicyTest = contract({
  method: 'GET',
  path: '/api/policy/tests/:id',
  summary: 'One test with its text, and where the policy in force answers otherwise.',
  needs: needsOperation('system.policy.view'),
  params: ById,
  returns: PolicyTestItem.extend({ text: z.string(), questions: z.number().int(), failures: z.array(PolicyTestDifference) }).strict(),
  fails: ['policy.test_not_found'],
})

export const keepPolicyTest = contract({
  method: 'POST',
  path: '/api/policy/tests',
  summary: 'Keeps a policy file as a test; without a text, the policy in force is written into one with examples of this company.',
  needs: needsOperation('system.policy.operate'),
  body: z.object({ name: z.string().trim().min(1).max(60), text: z.string().min(1).max(200_000).optional() }).strict(),
  returns: PolicyTestItem.extend({ questions: z.number().int(), failures: z.array(PolicyTestDifference) }).strict(),
  fails: ['policy.test_unreadable', 'policy.too_many_tests', 'request.invalid'],
})

export const dropPolicyTest = contract({
  method: 'DELETE',
  path: '/api/policy/tests/:id',
  summary: 'Keeps a test no longer.',
  needs: needsOperation('system.policy.operate'),
  params: ById,
  returns: z.object({ dropped: z.boolean() }).strict(),
  fails: ['policy.test_not_found'],
})

export const policyTestContracts = [listPolicyTests, readPolicyTest, keepPolicyTest, dropPolicyTest] as const
