import { v7 as uuid } from 'uuid'
import { askReportExport, downloadReportExport, listReportExports, type ReportExport } from '#shared/contracts/reports'
import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { AccessDenied, ProjectError } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { mostExportRows } from './build-export.ts'
import type { ExportPayload } from './export-approval.ts'
import { buildAnew, takeFile } from './export-file.ts'
import { mayReport } from './hierarchy.ts'
import { reportExports, type ReportExportRow } from './report-export.entity.ts'
import { planReport } from './run-report.ts'

export interface ExportRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Pick<Approvals, 'ask'>
  /** The access clock: a machine's clock that is set back revives no file. */
  readonly clock: () => number
  readonly zone: string
}

export function exportRoutes(options: ExportRoutes): Route[] {
  return [askRoute(options), listRoute(options), downloadRoute(options)]
}

function askRoute({ database, access, audit, approvals, clock, zone }: ExportRoutes): Route {
  return route(askReportExport, async ({ params, body }, { signedIn, requestId }) => database.transaction(async (work) => {
    const actor = await access.actorFor(signedIn.staffId, work.db)
    actor.requireNotFrozen()
    const now = clock()
    const { definition, period, asked, level } = await planReport(work.db, actor, { name: params.name, departmentId: body.department, period: body.period, from: body.from, level: body.level },
      { now, zone }, { mostGroups: mostExportRows, alsoNeeds: 'marketing.reports.operate' })
    const row: ReportExportRow = {
      id: uuid(), requesterStaffId: actor.staffId, report: definition.name, period: period.kind, fromDay: period.from, level, departmentId: asked.departmentId ?? body.department,
      status: 'asked', createdAt: now, approvedAt: null, readyAt: null, expiresAt: null, downloadedAt: null, rowCount: null, failure: null, builtEpoch: null, builtAt: null,
    }
    await work.db.insert(reportExports, row)
    const request = await approvals.ask<ExportPayload>(work, {
      kind: 'report-export', payload: { exportId: row.id }, requesterStaffId: actor.staffId, beneficiaryStaffIds: [], departmentId: null,
    })
    await audit.record(work.db, {
      actorKind: 'staff', actorId: actor.staffId, action: 'report.export-asked', operation: 'marketing.reports.operate', subjectKind: 'report-export', subjectId: row.id, outcome: 'done',
      details: { report: row.report, period: row.period, from: row.fromDay, level, departmentId: row.departmentId, approval: request.id }, requestId,
    })
    return presentExport(row, now)
  }))
}

function listRoute({ database, clock }: ExportRoutes): Route {
  return route(listReportExports, async (_input, { actor }) => {
    const rows = await database.db.find(reportExports, { where: { requesterStaffId: actor.staffId }, order: { createdAt: 'DESC', id: 'DESC' }, take: 50 })
    return { items: rows.map((row) => presentExport(row, clock())) }
  })
}

/** A file leaves only under the rules in force at its download (S05, S26, S52); else it is written anew and the caller asks again. */
function downloadRoute({ database, access, audit, clock }: ExportRoutes): Route {
  return route(downloadReportExport, async ({ params }, { signedIn, requestId }) => {
    const file = await database.transaction(async (work) => {
      // The rules as they are inside this transaction, not as they were when the file was written.
      const actor = await access.actorFor(signedIn.staffId, work.db)
      actor.requireNotFrozen()
      const row = await work.db.findOneBy(reportExports, { id: params.id, requesterStaffId: actor.staffId })
      if (row === null) throw new ProjectError('report.export_not_found', 404)
      if (!mayReport(actor, 'marketing.reports.operate', row.departmentId)) throw new AccessDenied('marketing.reports.operate')
      const entry = { actorKind: 'staff', actorId: actor.staffId, operation: 'marketing.reports.operate', subjectKind: 'report-export', subjectId: row.id, requestId } as const
      const stands = row.builtEpoch !== null && row.builtAt !== null && actor.hasSameRulesAs({ epoch: row.builtEpoch, now: row.builtAt })
      if (!stands) {
        await buildAnew(work, row, clock())
        await audit.record(work.db, { ...entry, action: 'report.export-rebuilt', outcome: 'refused', details: { report: row.report, code: 'report.export_rebuilding' } })
        return null
      }
      const content = await takeFile(work, row, clock())
      await audit.record(work.db, { ...entry, action: 'report.exported', outcome: 'done', details: { report: row.report, rows: row.rowCount ?? 0 } })
      return { fileName: `${row.report}-${row.fromDay}-${row.departmentId}.csv`, mediaType: 'text/csv;charset=utf-8' as const, content }
    })
    // Only now: thrown inside, it would take the wish for a new file back.
    if (file === null) throw new ProjectError('report.export_rebuilding', 409)
    return file
  })
}

function presentExport(row: ReportExportRow, now: number): ReportExport {
  const over = row.status === 'ready' && row.expiresAt !== null && row.expiresAt <= now
  return {
    id: row.id, report: row.report, period: { kind: row.period, from: row.fromDay }, departmentId: row.departmentId, level: row.level,
    status: over ? 'expired' : row.status, createdAt: row.createdAt, rows: row.rowCount, expiresAt: row.expiresAt,
  }
}
