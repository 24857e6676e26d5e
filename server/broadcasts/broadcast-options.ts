import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { Screenings } from '../screening/index.ts'
import type { BroadcastPorts } from './ports.ts'

/** What every step of a broadcast works with. Time is `access.clock`, which never goes back. */
export interface BroadcastOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Approvals
  readonly screenings: Pick<Screenings, 'scanAll'>
  readonly ports: BroadcastPorts
  /** The company's time zone: days and months of quotas are its own. */
  readonly zone: string
}
