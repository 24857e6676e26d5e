import type { Access } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { Registry } from './registry.ts'

export interface ApprovalsLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** What every step of a request works with. Rights and ends are compared with `access.clock`, which never goes back. */
export interface Core {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly registry: Registry
  readonly log: ApprovalsLog
}
