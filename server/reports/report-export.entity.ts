import type { ReportLevel, ReportName } from '#shared/contracts/reports'
import { counter, defineTable, id, instant, integer, key, nullable, primary, text } from '../database/columns.ts'

/**
 * A file of figures that somebody asked for. `asked`: waits for a decision; `building`: approved; `ready`: can be downloaded
 * once until `expiresAt`, and goes back to `building` when the rules moved; `failed`: whoever asked did not hold the right any more.
 */
export interface ReportExportRow {
  id: string
  requesterStaffId: string
  report: ReportName
  period: 'day' | 'month'
  /** `YYYY-MM-DD`. */
  fromDay: string
  level: ReportLevel
  departmentId: number
  status: 'asked' | 'building' | 'ready' | 'downloaded' | 'refused' | 'failed' | 'expired'
  createdAt: number
  approvedAt: number | null
  readyAt: number | null
  /** Set when the file is ready for the first time: a file that is written anew gives no new day. */
  expiresAt: number | null
  downloadedAt: number | null
  rowCount: number | null
  /** The error code that stopped it. */
  failure: string | null
  /** The epoch under which the file was written, and the access clock whose rules it holds; null: no file, or nobody knows. */
  builtEpoch: number | null
  builtAt: number | null
}

export const reportExports = defineTable<ReportExportRow>('report_exports', {
  id: primary(id()),
  requesterStaffId: id(),
  report: key(32),
  period: key(16),
  fromDay: key(10),
  level: key(16),
  departmentId: integer(),
  status: key(16),
  createdAt: instant(),
  approvedAt: nullable(instant()),
  readyAt: nullable(instant()),
  expiresAt: nullable(instant()),
  downloadedAt: nullable(instant()),
  rowCount: nullable(integer()),
  failure: nullable(key(64)),
  builtEpoch: nullable(counter()),
  builtAt: nullable(instant()),
}, [
  { name: 'ix_report_exports_requester', columns: ['requesterStaffId', 'createdAt'] },
  { name: 'ix_report_exports_status', columns: ['status', 'expiresAt'] },
])

/** The text of a file in pieces; gone once it was downloaded or is too old. */
export interface ReportExportPart {
  exportId: string
  part: number
  content: string
}

export const reportExportParts = defineTable<ReportExportPart>('report_export_parts', {
  exportId: primary(id()),
  part: primary(integer()),
  content: text(),
})
