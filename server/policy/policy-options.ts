import type { EntityManager } from 'typeorm'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'

/** A stored test that a policy would fail. */
export interface FailedTest {
  readonly name: string
  /** In one line, for people. */
  readonly detail: string
}

/** Asked before a policy is previewed or published; what it finds stops the publishing. */
export type BeforePublish = (db: EntityManager, document: PolicyDocument) => Promise<readonly FailedTest[]>

/** What the administration of the policy works with. */
export interface PolicyOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Approvals
  /** Tests that a policy must pass, registered at start. */
  readonly beforePublish: readonly BeforePublish[]
}

/** All failures of all registered tests. */
export async function failedTests(options: Pick<PolicyOptions, 'beforePublish'>, db: EntityManager, document: PolicyDocument): Promise<FailedTest[]> {
  const failed: FailedTest[] = []
  for (const test of options.beforePublish) failed.push(...await test(db, document))
  return failed
}

/** Asked again inside the transaction of every change: the right may have gone since the request began. Throws `access.denied`. */
export async function requireOperator({ access }: PolicyOptions, work: UnitOfWork, staffId: string): Promise<void> {
  (await access.actorFor(staffId, work.db)).requireSystem('system.policy.operate')
}
