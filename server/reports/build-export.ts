import type { Access } from '../access/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { staff } from '../organization/index.ts'
import { csvHead, csvRow, type Watermark } from './report-csv.ts'
import type { ReportExportRow } from './report-export.entity.ts'
import { runReport } from './run-report.ts'

export interface ExportBuilder {
  readonly database: Database
  readonly access: Pick<Access, 'actorFor'>
  /** The access clock: a machine's clock that is set back revives no file. */
  readonly clock: () => number
  readonly zone: string
}

/** More rows than this are no report but a copy of the company. */
export const mostExportRows = 10_000
const rowsPerBatch = 500
const attempts = 10

/** The file under the rules of `epoch` as they were in force `at` one instant, or the code of what stopped it. */
export type BuiltExport =
  | { readonly kind: 'built', readonly epoch: number, readonly at: number, readonly content: string, readonly rows: number }
  | { readonly kind: 'stopped', readonly failure: string }

/** The rules changed while a file was written or stored: it is written anew. */
export class RulesMoved extends Error {
  readonly retryAfterMs = 500
}

/**
 * Writes the file with the rights that its requester holds now. The epoch is read before each batch of rows: when the rules
 * change meanwhile, the file is begun anew under the new ones. Throws RulesMoved when they change all the time.
 */
export async function buildExport(builder: ExportBuilder, row: ReportExportRow): Promise<BuiltExport> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const built = await buildOnce(builder, row)
    if (built !== null) return built
  }
  throw new RulesMoved('the rules change too often to write a file')
}

/** null: the rules changed. */
async function buildOnce({ database, access, clock, zone }: ExportBuilder, row: ReportExportRow): Promise<BuiltExport | null> {
  const actor = await access.actorFor(row.requesterStaffId)
  try {
    actor.requireNotFrozen()
    const report = await runReport(database.db, actor, { name: row.report, period: row.period, from: row.fromDay, level: row.level, departmentId: row.departmentId },
      { now: clock(), zone }, { mostGroups: mostExportRows, alsoNeeds: 'marketing.reports.operate' })
    const parts = [csvHead(report, await watermarkOf({ database, clock, zone }, row))]
    for (let from = 0; from < report.groups.length || from === 0; from += rowsPerBatch) {
      if ((await access.actorFor(row.requesterStaffId)).epoch !== actor.epoch) return null
      parts.push(...report.groups.slice(from, from + rowsPerBatch).map((group) => csvRow(report, group)))
    }
    return { kind: 'built', epoch: actor.epoch, at: actor.now, content: parts.join(''), rows: report.groups.length }
  } catch (error) {
    // The right, the department or the report is gone: that is an answer and no failure of ours.
    if (error instanceof ProjectError && error.status < 500) return { kind: 'stopped', failure: error.code }
    throw error
  }
}

async function watermarkOf({ database, clock, zone }: Pick<ExportBuilder, 'database' | 'clock' | 'zone'>, row: ReportExportRow): Promise<Watermark> {
  const person = await database.db.findOneBy(staff, { id: row.requesterStaffId })
  const at = new Intl.DateTimeFormat('zh-CN', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(clock())
  return { name: person?.name ?? '', userid: person?.wecomUserid ?? '', at, requestId: row.id }
}
