import { z } from 'zod'
import { reportNames } from '#shared/contracts/reports'
import type { ApprovalKind } from '../approvals/index.ts'
import { departments } from '../organization/index.ts'
import { wantExportFile } from './export-file.ts'
import { reportExports } from './report-export.entity.ts'

const ExportPayload = z.object({ exportId: z.string() })
export type ExportPayload = z.infer<typeof ExportPayload>

const levels = { total: '合计', department: '下级部门', region: '区域', store: '门店', staff: '成员' } as const

/** Figures that leave the house: a superior decides, in the console and with a fresh sign-in. */
export function exportApprovalKind({ clock }: { readonly clock: () => number }): ApprovalKind<ExportPayload> {
  return {
    kind: 'report-export',
    payload: ExportPayload,
    decideOn: 'console',
    describe: async (db, { payload }) => {
      const row = await db.findOneBy(reportExports, { id: payload.exportId })
      const department = row === null ? null : await db.findOneBy(departments, { id: row.departmentId })
      const report = row === null ? '' : reportNames[row.report].zh
      return {
        title: `导出报表：${report}`,
        lines: [
          { label: '范围', value: department?.name ?? '' },
          { label: '期间', value: row === null ? '' : (row.period === 'month' ? row.fromDay.slice(0, 7) : row.fromDay) },
          { label: '层级', value: row === null ? '' : levels[row.level] },
        ],
      }
    },
    onApproved: async (work, { payload }) => {
      const { affected } = await work.db.update(reportExports, { id: payload.exportId, status: 'asked' }, { status: 'building', approvedAt: clock() })
      if (affected === 1) await wantExportFile(work, payload.exportId)
    },
    onClosed: async (work, { payload }) => {
      await work.db.update(reportExports, { id: payload.exportId, status: 'asked' }, { status: 'refused' })
    },
  }
}

