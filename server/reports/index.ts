/** The public face of reports: figures over a scope, and files of them. */
export { reportRoutes, type ReportRoutes } from './reports.routes.ts'
export { exportRoutes, type ExportRoutes } from './exports.routes.ts'
export { exportApprovalKind } from './export-approval.ts'
export { reportEffects, reportSchedules, type ReportWorkers } from './reports.workers.ts'
