import { In, LessThanOrEqual } from 'typeorm'
import { z } from 'zod'
import { reportNames } from '#shared/contracts/reports'
import type { Audit } from '../audit/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox, type OutboxHandler, type Schedule } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import type { WecomClient } from '../wecom/index.ts'
import { buildExport, RulesMoved, type BuiltExport, type ExportBuilder } from './build-export.ts'
import { reportExportParts, reportExports, type ReportExportRow } from './report-export.entity.ts'

export interface ReportWorkers extends ExportBuilder {
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'sendMessage'>
  readonly publicUrl: string
}

const downloadableMs = 24 * 60 * 60_000
/** WeCom drops a message that equals one of the last four hours, so that a repeat after a crash reaches nobody twice. */
const repeatWindowMs = 4 * 60 * 60_000
const mostCharacters = 15_000

const OneExport = z.object({ exportId: z.string() })

export function reportEffects(options: ReportWorkers): [string, OutboxHandler][] {
  const find = (payload: unknown) => options.database.db.findOneBy(reportExports, { id: OneExport.parse(payload).exportId })
  return [
    ['report.export', {
      repeat: 'safe',
      run: async (payload) => {
        const row = await find(payload)
        if (row === null || row.status !== 'building') return
        const built = await buildExport(options, row)
        return (work) => settle(options, work, row, built)
      },
    }],
    ['report.export-ready', {
      repeat: 'safe',
      run: async (payload) => {
        const row = await find(payload)
        const person = row === null ? null : await options.database.db.findOneBy(staff, { id: row.requesterStaffId, status: 'active' })
        if (row === null || person === null) return
        await options.wecom.sendMessage({ to: { userids: [person.userid] }, message: { type: 'text', content: readyText(row, options.publicUrl) }, repeatWindowMs })
      },
    }],
  ]
}

const readyText = (row: ReportExportRow, publicUrl: string) =>
  `您申请导出的「${reportNames[row.report].zh}」报表（${row.fromDay}）已生成，请在 24 小时内到管理后台下载，只能下载一次：\n${publicUrl}/console/\n${row.id}`

/** The file is stored only if nothing changed since it was written, in the transaction that ends the effect. */
async function settle({ access, audit, clock }: ReportWorkers, work: UnitOfWork, row: ReportExportRow, built: BuiltExport): Promise<void> {
  const now = clock()
  const entry = { actorKind: 'system', operation: 'marketing.reports.operate', subjectKind: 'report-export', subjectId: row.id, requestId: row.id } as const
  if (built.kind === 'stopped') {
    const { affected } = await work.db.update(reportExports, { id: row.id, status: 'building' }, { status: 'failed', failure: built.failure })
    if (affected === 1) await audit.record(work.db, { ...entry, action: 'report.export-failed', outcome: 'refused', details: { code: built.failure, requester: row.requesterStaffId } })
    return
  }
  if (!(await access.actorFor(row.requesterStaffId, work.db)).hasSameRulesAs({ epoch: built.epoch, now: built.at })) throw new RulesMoved('the rules changed before the file was stored')
  const { affected } = await work.db.update(reportExports, { id: row.id, status: 'building' }, {
    status: 'ready', readyAt: now, expiresAt: row.expiresAt ?? now + downloadableMs, rowCount: built.rows, builtEpoch: built.epoch, builtAt: built.at,
  })
  if (affected !== 1) return
  await work.db.delete(reportExportParts, { exportId: row.id })
  for (const [part, content] of piecesOf(built.content).entries()) await work.db.insert(reportExportParts, { exportId: row.id, part, content })
  await audit.record(work.db, { ...entry, action: 'report.export-built', outcome: 'done', details: { rows: built.rows, requester: row.requesterStaffId } })
  // Whoever met the former file at its download knows that this one comes.
  if (row.expiresAt === null) await addOutbox(work, { kind: 'report.export-ready', payload: { exportId: row.id }, uniqueKey: `report.export-ready:${row.id}`, expiresAt: now + repeatWindowMs })
}

/** Pieces that fit their column, whatever the letters. */
function piecesOf(content: string): string[] {
  const letters = [...content]
  return Array.from({ length: Math.ceil(letters.length / mostCharacters) }, (_, piece) => letters.slice(piece * mostCharacters, (piece + 1) * mostCharacters).join(''))
}

/** Removes files that nobody fetched. Their end does not wait for it: a download compares the time itself. */
export function reportSchedules({ database, clock }: Pick<ReportWorkers, 'database' | 'clock'>): Schedule[] {
  return [{
    name: 'report-exports', pattern: '25 * * * *',
    run: async () => {
      const old = await database.db.find(reportExports, { where: { status: 'ready', expiresAt: LessThanOrEqual(clock()) }, take: 500 })
      if (old.length === 0) return
      const ids = old.map((row) => row.id)
      await database.transaction(async ({ db }) => {
        await db.update(reportExports, { id: In(ids), status: 'ready' }, { status: 'expired' })
        await db.delete(reportExportParts, { exportId: In(ids) })
      })
    },
  }]
}
