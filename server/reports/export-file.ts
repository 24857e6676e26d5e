import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { addOutbox } from '../jobs/index.ts'
import { reportExportParts, reportExports, type ReportExportRow } from './report-export.entity.ts'

/** Wants the effect that writes the file, in the transaction that makes the export `building`. */
export async function wantExportFile(work: UnitOfWork, exportId: string): Promise<void> {
  await addOutbox(work, { kind: 'report.export', payload: { exportId }, uniqueKey: `report.export:${exportId}` })
}

/** Of two who download at once, one gets the file; nothing of it stays here. Throws `report.export_gone`. */
export async function takeFile(work: UnitOfWork, row: ReportExportRow, now: number): Promise<string> {
  await leaveReady(work, row, now, { status: 'downloaded', downloadedAt: now })
  const parts = await work.db.find(reportExportParts, { where: { exportId: row.id }, order: { part: 'ASC' } })
  await work.db.delete(reportExportParts, { exportId: row.id })
  return parts.map((part) => part.content).join('')
}

/**
 * Drops a file that was written under rules which do not hold any more and wants it anew; the effect decides whether its
 * requester may still have one. The day in which it can be downloaded goes on. Throws `report.export_gone`.
 */
export async function buildAnew(work: UnitOfWork, row: ReportExportRow, now: number): Promise<void> {
  await leaveReady(work, row, now, { status: 'building', readyAt: null, rowCount: null, builtEpoch: null, builtAt: null })
  await work.db.delete(reportExportParts, { exportId: row.id })
  await wantExportFile(work, row.id)
}

async function leaveReady(work: UnitOfWork, row: ReportExportRow, now: number, next: Partial<ReportExportRow>): Promise<void> {
  const gone = () => new ProjectError('report.export_gone', 410)
  if (row.status !== 'ready' || row.expiresAt === null || row.expiresAt <= now) throw gone()
  const { affected } = await work.db.update(reportExports, { id: row.id, status: 'ready' }, next)
  if (affected !== 1) throw gone()
}
