import type { searchAudit } from '#shared/contracts/audit'
import type { CallInput } from '../../api/route.ts'

/** What narrows a search of the audit. */
export type AuditFilter = Omit<CallInput<typeof searchAudit>['query'], 'cursor' | 'limit'>
