import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'

/** What the administration of people's rights (roles, grants for a time, campaigns, shares) works with. */
export interface RightsOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Approvals
  /** The company's time zone, for what people read. */
  readonly zone: string
}
