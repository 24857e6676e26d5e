import { decideApproval, listApprovals, listMutualApprovals, listMyApprovals, listWaitingApprovals, readApproval, withdrawApproval } from './approvals.ts'
import { readAuditState, searchAudit } from './audit.ts'
import type { Contract } from './contract.ts'
import { listMessages } from './conversations.ts'
import { explainCustomer, listCustomers, listOrders, listVisits, patchCustomer, readCustomer } from './customers.ts'
import { listEntrances } from './entrances.ts'
import { listSessions, readEpoch, readJssdkConfig, readMe, readOpenApi, revokeSession } from './identity.ts'
import { staffContracts } from './staff.ts'
import { shareContracts, temporaryContracts } from './temporary-grants.ts'

/** Every JSON route of the product. A route that is not here does not exist. */
export const contracts: readonly Contract[] = [
  readMe, readEpoch, listSessions, revokeSession, readJssdkConfig, readOpenApi,
  listCustomers, readCustomer, patchCustomer, explainCustomer, listOrders, listVisits,
  listMessages,
  listEntrances,
  listWaitingApprovals, listMyApprovals, listMutualApprovals, listApprovals, readApproval, decideApproval, withdrawApproval,
  searchAudit, readAuditState,
  ...staffContracts, ...temporaryContracts, ...shareContracts,
]
