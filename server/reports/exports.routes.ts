import { v7 as uuid } from 'uuid'
import { askReportExport, downloadReportExport, listReportExports, type ReportExport } from '#shared/contracts/reports'
import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { AccessDenied, ProjectError } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { mostExportRows } from './build-export.ts'
import type { ExportPayload } from './export-approval.ts'
import { mayReport } from './hierarchy.ts'
import { reportExportParts, reportExports, type ReportExportRow } from './report-export.entity.ts'
import { planReport } from './run-report.ts'

export interface ExportRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Pick<Approvals, 'ask'>
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
      status: 'asked', createdAt: now, approvedAt: null, readyAt: null, expiresAt: null, downloadedAt: null, rowCount: null, failure: null,
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

function downloadRoute({ database, access, audit, clock }: ExportRoutes): Route {
  return route(downloadReportExport, async ({ params }, { signedIn, requestId }) => database.transaction(async (work) => {
    // The rules as they are inside this transaction, not as they were when the file was written.
    const actor = await access.actorFor(signedIn.staffId, work.db)
    actor.requireNotFrozen()
    const row = await work.db.findOneBy(reportExports, { id: params.id, requesterStaffId: actor.staffId })
    if (row === null) throw new ProjectError('report.export_not_found', 404)
    if (!mayReport(actor, 'marketing.reports.operate', row.departmentId)) throw new AccessDenied('marketing.reports.operate')
    const content = await take(work, row, clock())
    await audit.record(work.db, {
      actorKind: 'staff', actorId: actor.staffId, action: 'report.exported', operation: 'marketing.reports.operate', subjectKind: 'report-export', subjectId: row.id, outcome: 'done',
      details: { report: row.report, rows: row.rowCount ?? 0 }, requestId,
    })
    return { fileName: `${row.report}-${row.fromDay}-${row.departmentId}.csv`, mediaType: 'text/csv;charset=utf-8' as const, content }
  }))
}

/** Of two who download at once, one gets the file; nothing of it stays here. */
async function take(work: UnitOfWork, row: ReportExportRow, now: number): Promise<string> {
  const gone = () => new ProjectError('report.export_gone', 410)
  if (row.status !== 'ready' || row.expiresAt === null || row.expiresAt <= now) throw gone()
  const { affected } = await work.db.update(reportExports, { id: row.id, status: 'ready' }, { status: 'downloaded', downloadedAt: now })
  if (affected !== 1) throw gone()
  const parts = await work.db.find(reportExportParts, { where: { exportId: row.id }, order: { part: 'ASC' } })
  await work.db.delete(reportExportParts, { exportId: row.id })
  return parts.map((part) => part.content).join('')
}

function presentExport(row: ReportExportRow, now: number): ReportExport {
  const over = row.status === 'ready' && row.expiresAt !== null && row.expiresAt <= now
  return {
    id: row.id, report: row.report, period: { kind: row.period, from: row.fromDay }, departmentId: row.departmentId, level: row.level,
    status: over ? 'expired' : row.status, createdAt: row.createdAt, rows: row.rowCount, expiresAt: row.expiresAt,
  }
}
