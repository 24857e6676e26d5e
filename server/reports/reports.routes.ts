import { listReports, readReport } from '#shared/contracts/reports'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { route, type Route } from '../http/route.ts'
import { loadHierarchy, mayReport } from './hierarchy.ts'
import { reportDefinitions } from './report-definitions.ts'
import { runReport } from './run-report.ts'

export interface ReportRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly clock: () => number
  readonly zone: string
}

export function reportRoutes({ database, audit, clock, zone }: ReportRoutes): Route[] {
  const { db } = database
  return [
    route(listReports, async (_input, { actor }) => {
      const { departments } = await loadHierarchy(db, actor)
      const offered = [...departments.values()].filter((one) => mayReport(actor, 'marketing.reports.view', one.id))
      return {
        items: reportDefinitions.map(({ name, measures, levels }) => ({ name, measures: [...measures], levels: [...levels] })),
        departments: offered.map(({ id, name, kind }) => ({ id, name, kind, export: mayReport(actor, 'marketing.reports.operate', id) })),
      }
    }),
    route(readReport, async ({ params, query }, { actor, requestId }) => {
      const { department: departmentId, ...rest } = query
      const report = await runReport(db, actor, { name: params.name, departmentId, ...rest }, { now: clock(), zone })
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'report.shown', operation: 'marketing.reports.view', outcome: 'allowed',
        subjectKind: report.department === null ? null : 'department', subjectId: report.department === null ? null : String(report.department.id),
        details: { report: report.name, period: report.period.kind, from: report.period.from, level: report.level, groups: report.groups.length }, requestId,
      })
      return report
    }),
  ]
}
