import type {
  decideApproval, listApprovals, listMutualApprovals, listMyApprovals, listWaitingApprovals, readApproval, withdrawApproval,
} from '#shared/contracts/approvals'
import type {
  readAuditState, searchAudit,
} from '#shared/contracts/audit'
import type {
  cancelBroadcast, createBroadcast, editBroadcast, listBroadcasts, preflightBroadcast, readBroadcast, readCalendar, readQuota, submitBroadcast,
} from '#shared/contracts/broadcasts'
import type { readBroadcastResults } from '#shared/contracts/broadcast-results'
import type { listCustomerGroups } from '#shared/contracts/customer-groups'
import type { listHandBroadcasts, readHandBroadcast } from '#shared/contracts/hand-broadcasts'
import type { editBroadcastRules, publishBroadcastRules, readBroadcastRules } from '#shared/contracts/broadcast-rules'
import type { listParkedBroadcasts, readQuietHours, resolveParkedBroadcast, setQuietHours } from '#shared/contracts/outreach'
import type { listTags } from '#shared/contracts/tags'
import type {
  explainCustomer, whoMay,
} from '#shared/contracts/explain'
import type {
  createPolicyDraft, discardPolicyDraft, endRestriction, listPolicyDrafts, listPolicyVersions, publishPolicyDraft, readPolicy, readPolicyDraft, readPolicyPreview, readPolicyVersion, readPolicyWords, rebasePolicyDraft, restrictAtOnce, savePolicyDraft, startPolicyPreview, validatePolicyDraft, withdrawPolicyDraft,
} from '#shared/contracts/policy'
import type {
  discardParked, listParked, replayParked,
} from '#shared/contracts/parked'
import type {
  dropPolicyTest, keepPolicyTest, listPolicyTests, readPolicyTest,
} from '#shared/contracts/policy-tests'
import type {
  askReportExport, downloadReportExport, listReportExports, listReports, readReport,
} from '#shared/contracts/reports'
import type {
  liftFreeze, listFreezes, listReveals,
} from '#shared/contracts/reveal'
import type {
  discardWordDraft, editLinkHosts, editWords, exportWords, importWordList, listWords, listWordVersions, publishWords, readWordDraft, restoreWordVersion, testScreening,
} from '#shared/contracts/screening'
import type {
  assignRole, listStaff, readStaff, removeRole, setJoinedOn,
} from '#shared/contracts/staff'
import type {
  addCampaignMembers, changeCampaign, createCampaign, endCampaign, endShare, endTemporaryGrant, listCampaigns, listCustomerShares, listTemporaryGrants, readCampaign, removeCampaignMember, requestTemporaryGrant, shareCustomer,
} from '#shared/contracts/temporary-grants'
import type {
  createTemplate, listStaffLevels, listTemplates, listTemplateVersions, listTopTemplates, readTemplate, readTemplateWords, retireTemplate, saveTemplate, screenTemplate, setStaffLevel, submitTemplate,
} from '#shared/contracts/templates'
import type { beginMedia, finishMedia, listTemplateMedia, putMediaPart, readMediaPart } from '#shared/contracts/template-media'
import { route } from '../route.ts'

/** The routes that only the console calls, by the names of their contracts. */
export const deskRoutes = {
  listWaitingApprovals: route<typeof listWaitingApprovals>('GET', '/api/approvals/waiting'),
  listMyApprovals: route<typeof listMyApprovals>('GET', '/api/approvals/mine'),
  listApprovals: route<typeof listApprovals>('GET', '/api/approvals'),
  listMutualApprovals: route<typeof listMutualApprovals>('GET', '/api/approvals/mutual'),
  readApproval: route<typeof readApproval>('GET', '/api/approvals/:id'),
  decideApproval: route<typeof decideApproval>('POST', '/api/approvals/:id/decision'),
  withdrawApproval: route<typeof withdrawApproval>('POST', '/api/approvals/:id/withdrawal'),
  searchAudit: route<typeof searchAudit>('GET', '/api/audit'),
  readAuditState: route<typeof readAuditState>('GET', '/api/audit/chain'),
  explainCustomer: route<typeof explainCustomer>('GET', '/api/customers/:externalUserId/explain'),
  whoMay: route<typeof whoMay>('GET', '/api/customers/:externalUserId/who-may'),
  readPolicy: route<typeof readPolicy>('GET', '/api/policy'),
  readPolicyWords: route<typeof readPolicyWords>('GET', '/api/policy/words'),
  listPolicyVersions: route<typeof listPolicyVersions>('GET', '/api/policy/versions'),
  readPolicyVersion: route<typeof readPolicyVersion>('GET', '/api/policy/versions/:number'),
  listPolicyDrafts: route<typeof listPolicyDrafts>('GET', '/api/policy/drafts'),
  createPolicyDraft: route<typeof createPolicyDraft>('POST', '/api/policy/drafts'),
  readPolicyDraft: route<typeof readPolicyDraft>('GET', '/api/policy/drafts/:id'),
  savePolicyDraft: route<typeof savePolicyDraft>('PUT', '/api/policy/drafts/:id'),
  discardPolicyDraft: route<typeof discardPolicyDraft>('DELETE', '/api/policy/drafts/:id'),
  validatePolicyDraft: route<typeof validatePolicyDraft>('POST', '/api/policy/drafts/:id/validate'),
  rebasePolicyDraft: route<typeof rebasePolicyDraft>('POST', '/api/policy/drafts/:id/rebase'),
  startPolicyPreview: route<typeof startPolicyPreview>('POST', '/api/policy/drafts/:id/preview'),
  readPolicyPreview: route<typeof readPolicyPreview>('GET', '/api/policy/previews/:id'),
  publishPolicyDraft: route<typeof publishPolicyDraft>('POST', '/api/policy/drafts/:id/publish'),
  withdrawPolicyDraft: route<typeof withdrawPolicyDraft>('POST', '/api/policy/drafts/:id/withdraw'),
  listPolicyTests: route<typeof listPolicyTests>('GET', '/api/policy/tests'),
  readPolicyTest: route<typeof readPolicyTest>('GET', '/api/policy/tests/:id'),
  keepPolicyTest: route<typeof keepPolicyTest>('POST', '/api/policy/tests'),
  dropPolicyTest: route<typeof dropPolicyTest>('DELETE', '/api/policy/tests/:id'),
  listReveals: route<typeof listReveals>('GET', '/api/reveals'),
  listFreezes: route<typeof listFreezes>('GET', '/api/freezes'),
  liftFreeze: route<typeof liftFreeze>('POST', '/api/freezes/:id/lift'),
  restrictAtOnce: route<typeof restrictAtOnce>('POST', '/api/restrictions'),
  endRestriction: route<typeof endRestriction>('POST', '/api/restrictions/:id/end'),
  listParked: route<typeof listParked>('GET', '/api/parked'),
  replayParked: route<typeof replayParked>('POST', '/api/parked/:id/replay'),
  discardParked: route<typeof discardParked>('POST', '/api/parked/:id/discard'),
  readReport: route<typeof readReport>('GET', '/api/reports/:name'),
  listReports: route<typeof listReports>('GET', '/api/reports'),
  askReportExport: route<typeof askReportExport>('POST', '/api/reports/:name/exports'),
  listReportExports: route<typeof listReportExports>('GET', '/api/report-exports'),
  downloadReportExport: route<typeof downloadReportExport>('POST', '/api/report-exports/:id/download'),
  listStaff: route<typeof listStaff>('GET', '/api/staff'),
  readStaff: route<typeof readStaff>('GET', '/api/staff/:userid'),
  assignRole: route<typeof assignRole>('POST', '/api/staff/:userid/roles'),
  removeRole: route<typeof removeRole>('DELETE', '/api/staff/:userid/roles/:roleKey'),
  setJoinedOn: route<typeof setJoinedOn>('PUT', '/api/staff/:userid/joined-on'),
  requestTemporaryGrant: route<typeof requestTemporaryGrant>('POST', '/api/temporary-grants'),
  listTemporaryGrants: route<typeof listTemporaryGrants>('GET', '/api/temporary-grants'),
  endTemporaryGrant: route<typeof endTemporaryGrant>('POST', '/api/temporary-grants/:id/end'),
  listCampaigns: route<typeof listCampaigns>('GET', '/api/campaigns'),
  readCampaign: route<typeof readCampaign>('GET', '/api/campaigns/:id'),
  createCampaign: route<typeof createCampaign>('POST', '/api/campaigns'),
  changeCampaign: route<typeof changeCampaign>('PATCH', '/api/campaigns/:id'),
  addCampaignMembers: route<typeof addCampaignMembers>('POST', '/api/campaigns/:id/members'),
  removeCampaignMember: route<typeof removeCampaignMember>('DELETE', '/api/campaigns/:id/members/:userid'),
  endCampaign: route<typeof endCampaign>('POST', '/api/campaigns/:id/end'),
  shareCustomer: route<typeof shareCustomer>('POST', '/api/customers/:externalUserId/shares'),
  listCustomerShares: route<typeof listCustomerShares>('GET', '/api/customers/:externalUserId/shares'),
  listTemplates: route<typeof listTemplates>('GET', '/api/templates'),
  readTemplateWords: route<typeof readTemplateWords>('GET', '/api/template-words'),
  readTemplate: route<typeof readTemplate>('GET', '/api/templates/:id'),
  listTemplateVersions: route<typeof listTemplateVersions>('GET', '/api/templates/:id/versions'),
  beginMedia: route<typeof beginMedia>('POST', '/api/template-media'),
  putMediaPart: route<typeof putMediaPart>('PUT', '/api/template-media/:id/parts/:place'),
  finishMedia: route<typeof finishMedia>('POST', '/api/template-media/:id/finish'),
  listTemplateMedia: route<typeof listTemplateMedia>('GET', '/api/templates/:id/media'),
  readMediaPart: route<typeof readMediaPart>('GET', '/api/templates/:id/media/:mediaId/parts/:place'),
  createTemplate: route<typeof createTemplate>('POST', '/api/templates'),
  saveTemplate: route<typeof saveTemplate>('PUT', '/api/templates/:id'),
  screenTemplate: route<typeof screenTemplate>('POST', '/api/template-screening'),
  submitTemplate: route<typeof submitTemplate>('POST', '/api/templates/:id/submit'),
  retireTemplate: route<typeof retireTemplate>('POST', '/api/templates/:id/retire'),
  listTopTemplates: route<typeof listTopTemplates>('GET', '/api/template-results'),
  endShare: route<typeof endShare>('POST', '/api/shares/:id/end'),
  listWords: route<typeof listWords>('GET', '/api/screening/words'),
  exportWords: route<typeof exportWords>('GET', '/api/screening/words/export'),
  readWordDraft: route<typeof readWordDraft>('GET', '/api/screening/draft'),
  editWords: route<typeof editWords>('PATCH', '/api/screening/draft/words'),
  importWordList: route<typeof importWordList>('POST', '/api/screening/draft/import'),
  editLinkHosts: route<typeof editLinkHosts>('PUT', '/api/screening/draft/hosts'),
  discardWordDraft: route<typeof discardWordDraft>('DELETE', '/api/screening/draft'),
  publishWords: route<typeof publishWords>('POST', '/api/screening/draft/publish'),
  listWordVersions: route<typeof listWordVersions>('GET', '/api/screening/versions'),
  restoreWordVersion: route<typeof restoreWordVersion>('POST', '/api/screening/versions/:number/restore'),
  testScreening: route<typeof testScreening>('POST', '/api/screening/test'),
  listTags: route<typeof listTags>('GET', '/api/tags'),
  createBroadcast: route<typeof createBroadcast>('POST', '/api/broadcasts'),
  editBroadcast: route<typeof editBroadcast>('PUT', '/api/broadcasts/:id'),
  preflightBroadcast: route<typeof preflightBroadcast>('POST', '/api/broadcasts/:id/preflight'),
  submitBroadcast: route<typeof submitBroadcast>('POST', '/api/broadcasts/:id/submit'),
  cancelBroadcast: route<typeof cancelBroadcast>('POST', '/api/broadcasts/:id/cancel'),
  listBroadcasts: route<typeof listBroadcasts>('GET', '/api/broadcasts'),
  readBroadcast: route<typeof readBroadcast>('GET', '/api/broadcasts/:id'),
  readBroadcastResults: route<typeof readBroadcastResults>('GET', '/api/broadcast-results'),
  listParkedBroadcasts: route<typeof listParkedBroadcasts>('GET', '/api/outreach/parked'),
  resolveParkedBroadcast: route<typeof resolveParkedBroadcast>('POST', '/api/outreach/parked/:id/resolve'),
  listStaffLevels: route<typeof listStaffLevels>('GET', '/api/staff-levels'),
  setStaffLevel: route<typeof setStaffLevel>('PUT', '/api/staff/:userid/level'),
  readQuota: route<typeof readQuota>('GET', '/api/broadcast-quota'),
  readCalendar: route<typeof readCalendar>('GET', '/api/broadcast-calendar'),
  listCustomerGroups: route<typeof listCustomerGroups>('GET', '/api/customer-groups'),
  listHandBroadcasts: route<typeof listHandBroadcasts>('GET', '/api/hand-broadcasts'),
  readHandBroadcast: route<typeof readHandBroadcast>('GET', '/api/hand-broadcasts/:id'),
  readBroadcastRules: route<typeof readBroadcastRules>('GET', '/api/broadcast-rules'),
  editBroadcastRules: route<typeof editBroadcastRules>('PUT', '/api/broadcast-rules/draft'),
  publishBroadcastRules: route<typeof publishBroadcastRules>('POST', '/api/broadcast-rules/publish'),
  readQuietHours: route<typeof readQuietHours>('GET', '/api/outreach/quiet-hours'),
  setQuietHours: route<typeof setQuietHours>('PUT', '/api/outreach/quiet-hours'),
} as const
