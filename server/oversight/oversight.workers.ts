import type { Access } from '../access/index.ts'
import type { AuditLog } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { OutboxHandler, Schedule } from '../jobs/index.ts'
import type { WecomClient } from '../wecom/index.ts'
import { anchorAudit, anchorEffects } from './anchor-audit.ts'
import { brokenEffects, checkAudit } from './check-audit.ts'

export interface OversightWorkers {
  readonly database: Database
  readonly access: Access
  readonly wecom: Pick<WecomClient, 'sendMessage'>
  readonly clock: () => number
  readonly log: AuditLog
  readonly zone: string
  readonly publicUrl: string
  /** Where the chain's newest link is sent each day. */
  readonly anchorTo: { readonly file: string | null, readonly userids: readonly string[] }
}

export function oversightEffects(options: OversightWorkers): [string, OutboxHandler][] {
  return [...anchorEffects(options), ...brokenEffects(options)]
}

/** After midnight the chain's newest link goes outside; later in the night the whole chain is recomputed. */
export function oversightSchedules(options: OversightWorkers): Schedule[] {
  return [
    { name: 'audit-anchor', pattern: '5 0 * * *', run: () => anchorAudit(options) },
    { name: 'audit-verification', pattern: '40 2 * * *', run: async (signal) => void await checkAudit(options, signal) },
  ]
}
