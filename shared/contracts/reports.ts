import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'

export { reportMeasures, reportNames } from '../report-words.ts'
export const ReportName = z.enum(['customers', 'spending', 'visits'])
export type ReportName = z.infer<typeof ReportName>
export const MeasureName = z.enum(['customers', 'newCustomers', 'buyers', 'orders', 'amountFen', 'visitors', 'visits'])
export type MeasureName = z.infer<typeof MeasureName>

/** Closed calendar days and months of the company. Weeks are left out: they cut months, and their differences would be small groups. */
export const PeriodKind = z.enum(['day', 'month'])
export const ReportLevel = z.enum(['total', 'department', 'region', 'store', 'staff'])
export type ReportLevel = z.infer<typeof ReportLevel>

/** A figure, or the word that there is none to see: the group is small, or would give a small one away. */
export const Figure = z.union([z.object({ value: z.number().int() }).strict(), z.object({ suppressed: z.literal(true) }).strict()])
export type Figure = z.infer<typeof Figure>
const Figures = z.partialRecord(MeasureName, Figure)

const ReportDepartment = z.object({ id: z.number().int(), name: z.string(), kind: z.string() }).strict()

export const ReportGroup = z.object({
  department: ReportDepartment,
  /** What stands in the department itself, beside its sub-departments. */
  direct: z.boolean(),
  /** For the level `staff`; null there: nobody, or somebody who is not a member of the department any more. */
  staff: z.object({ userid: z.string(), name: z.string() }).strict().nullable(),
  figures: Figures,
}).strict()
export type ReportGroup = z.infer<typeof ReportGroup>

export const Report = z.object({
  name: ReportName,
  measures: z.array(MeasureName),
  /** Both days included. */
  period: z.object({ kind: PeriodKind, from: z.string(), to: z.string() }).strict(),
  /** Up to which day customers are counted that stand there now. */
  countedUntil: z.string(),
  department: ReportDepartment.nullable(),
  level: ReportLevel,
  /** Of the department, or of everything in the caller's scope; null when he has several departments and asks for none of them. */
  total: Figures.nullable(),
  groups: z.array(ReportGroup),
  /** Groups with fewer customers have no figure. */
  smallest: z.number().int(),
}).strict()
export type Report = z.infer<typeof Report>

const AnyReport = z.object({ name: z.string().min(1).max(64) }).strict()
const Day = z.string().regex(/^\d{4}-\d\d-\d\d$/)

const asked = {
  period: PeriodKind.default('month'),
  /** The day, or the first of the month; the last closed one when left out. */
  from: Day.optional(),
  level: ReportLevel.optional(),
}

export const readReport = contract({
  method: 'GET',
  path: '/api/reports/:name',
  summary: 'Figures over the customers in the caller\'s scope for one closed period, in total and by group. Small groups, and what would give them away, have no figure.',
  needs: needsOperation('marketing.reports.view'),
  params: AnyReport,
  query: z.object({ ...asked, department: z.coerce.number().int().positive().optional() }).strict(),
  returns: Report,
  fails: ['request.invalid', 'access.denied', 'report.not_found', 'report.department_not_found', 'report.period_open', 'report.level_unavailable', 'report.too_many_groups'],
})

export const listReports = contract({
  method: 'GET',
  path: '/api/reports',
  summary: 'The reports there are, and the departments whose figures the caller may see.',
  needs: needsOperation('marketing.reports.view'),
  returns: z.object({
    items: z.array(z.object({ name: ReportName, measures: z.array(MeasureName), levels: z.array(ReportLevel) }).strict()),
    /** `export`: whether the caller may ask for an export of its figures. */
    departments: z.array(ReportDepartment.extend({ export: z.boolean() }).strict()),
  }).strict(),
})

const ExportStatus = z.enum(['asked', 'building', 'ready', 'downloaded', 'refused', 'failed', 'expired'])

export const ReportExport = z.object({
  id: z.string(),
  report: ReportName,
  period: z.object({ kind: PeriodKind, from: z.string() }).strict(),
  departmentId: z.number().int(),
  level: ReportLevel,
  status: ExportStatus,
  createdAt: Instant,
  rows: z.number().int().nullable(),
  /** Until then it can be downloaded, once. */
  expiresAt: Instant.nullable(),
}).strict()
export type ReportExport = z.infer<typeof ReportExport>

export const askReportExport = contract({
  method: 'POST',
  path: '/api/reports/:name/exports',
  summary: 'Asks for an export of what the report shows. A superior decides; then the file waits 24 hours to be downloaded once.',
  needs: needsOperation('marketing.reports.operate'),
  params: AnyReport,
  body: z.object({ ...asked, department: z.number().int().positive() }).strict(),
  returns: ReportExport,
  fails: ['request.invalid', 'access.denied', 'access.frozen', 'report.not_found', 'report.department_not_found', 'report.period_open', 'report.level_unavailable', 'report.too_many_groups'],
})

export const listReportExports = contract({
  method: 'GET',
  path: '/api/report-exports',
  summary: 'The caller\'s own exports, the newest first.',
  needs: needsOperation('marketing.reports.operate'),
  returns: z.object({ items: z.array(ReportExport) }).strict(),
})

export const downloadReportExport = contract({
  method: 'POST',
  path: '/api/report-exports/:id/download',
  summary: 'The file, once, within 24 hours, for whoever asked for it and still holds the operation. When the rules have changed since it was built, it is built anew first.',
  needs: needsOperation('marketing.reports.operate'),
  params: z.object({ id: z.uuid() }).strict(),
  returns: z.object({ fileName: z.string(), mediaType: z.literal('text/csv;charset=utf-8'), content: z.string() }).strict(),
  fails: ['access.denied', 'access.frozen', 'report.export_not_found', 'report.export_gone', 'report.export_rebuilding'],
  showsOnce: true,
})
