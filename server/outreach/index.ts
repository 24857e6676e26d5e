/** The public face of outreach: the one gate through which broadcasts to customers leave. */
export { createOutreach, type Outreach } from './outreach.ts'
export type { OutreachAttachment, OutreachPart, OutreachProgress, OutreachSource, OutreachTask, SettledOutcome, TaskCheck, TaskToCheck } from './source.ts'
export type { PlanInput } from './plan-tasks.ts'
export { outreachRecipients, outreachSettings, outreachTasks, type OutreachRecipientRow, type OutreachState, type OutreachTaskRow, type RecipientOutcome } from './outreach.entity.ts'
export { outreachRoutes } from './outreach.routes.ts'
export { quietHoursApprovalKind } from './quiet-hours-approval.ts'
export { outreachEffects } from './remind.ts'
export { createOutreachWorker } from './worker.ts'
