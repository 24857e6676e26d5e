import { listTags } from './tags.ts'
import { decideApproval, listApprovals, listMutualApprovals, listMyApprovals, listWaitingApprovals, readApproval, withdrawApproval } from './approvals.ts'
import { broadcastContracts } from './broadcasts.ts'
import { broadcastResultContracts } from './broadcast-results.ts'
import { broadcastRuleContracts } from './broadcast-rules.ts'
import { handBroadcastContracts } from './hand-broadcasts.ts'
import { readAuditState, searchAudit } from './audit.ts'
import type { Contract } from './contract.ts'
import { askForBlock, listBlocks } from './blocks.ts'
import { contactRefusalContracts } from './contact-refusals.ts'
import { listMessages } from './conversations.ts'
import { listCustomerGroups } from './customer-groups.ts'
import { listCustomers, listOrders, listVisits, patchCustomer, readCustomer } from './customers.ts'
import { listEntrances } from './entrances.ts'
import { explainCustomer, whoMay } from './explain.ts'
import { askReportExport, downloadReportExport, listReportExports, listReports, readReport } from './reports.ts'
import { listSessions, readEpoch, readJssdkConfig, readMe, readOpenApi, revokeSession } from './identity.ts'
import { outreachContracts } from './outreach.ts'
import { discardParked, listParked, replayParked } from './parked.ts'
import { policyContracts } from './policy.ts'
import { policyTestContracts } from './policy-tests.ts'
import { screeningContracts } from './screening.ts'
import { staffContracts } from './staff.ts'
import { templateMediaContracts } from './template-media.ts'
import { templateContracts } from './templates.ts'
import { shareContracts, temporaryContracts } from './temporary-grants.ts'
import { askRevealMany, liftFreeze, listFreezes, listReveals, revealField, revealMany, revealMessage } from './reveal.ts'

/** Every JSON route of the product. A route that is not here does not exist. */
export const contracts: readonly Contract[] = [
  readMe, readEpoch, listSessions, revokeSession, readJssdkConfig, readOpenApi,
  listCustomers, readCustomer, patchCustomer, listOrders, listVisits,
  explainCustomer, whoMay,
  revealField, revealMessage, revealMany, askRevealMany, listReveals, listFreezes, liftFreeze,
  listBlocks, askForBlock, ...contactRefusalContracts,
  listMessages,
  listEntrances,
  listWaitingApprovals, listMyApprovals, listMutualApprovals, listApprovals, readApproval, decideApproval, withdrawApproval,
  searchAudit, readAuditState,
  listParked, replayParked, discardParked,
  ...policyContracts, ...policyTestContracts,
  ...staffContracts, ...temporaryContracts, ...shareContracts,
  listTags, listCustomerGroups,
  ...screeningContracts, ...templateContracts, ...templateMediaContracts,
  ...broadcastRuleContracts, ...broadcastContracts, ...broadcastResultContracts, ...handBroadcastContracts,
  ...outreachContracts,
  listReports, readReport, askReportExport, listReportExports, downloadReportExport,
]
