import type { EntitySchema } from 'typeorm'
import { accessStates, nodeFacts, restrictions, roles, staffRoles, taskFacts, templateRules } from './access/access.entity.ts'
import { campaignMembers, campaigns, nodeGrants, roleLimits, shares, temporaryGrants } from './access/grant-sources.entity.ts'
import { accessFreezes, cardCounts, cardViews, revealAllowances, revealCounts } from './access/limits.entity.ts'
import { customerScopes, listMarks } from './access/listing/listing.entity.ts'
import { approvalApprovers, approvalPairs, approvalRequests } from './approvals/approval.entity.ts'
import { auditAnchors, auditChain, auditEntries, auditPending, auditVerifications } from './audit/audit.entity.ts'
import { handBroadcasts, handExcesses, handParts } from './broadcasts/by-hand/hand.entity.ts'
import { broadcastParts, broadcastRecipients, broadcasts, contactLocks } from './broadcasts/broadcast.entity.ts'
import { planWorks } from './broadcasts/plan-work/plan-work.entity.ts'
import { quotaShares, quotaUses } from './broadcasts/quotas/quota.entity.ts'
import { broadcastResults } from './broadcasts/results/result.entity.ts'
import { broadcastRules } from './broadcasts/rules/rules.entity.ts'
import { kfCursors, messages, staffMessages } from './conversations/message.entity.ts'
import { blockRequests } from './customers/block.entity.ts'
import { contactRefusals } from './customers/contact-refusal.entity.ts'
import { customers, customerTags, follows, ownerships, tags } from './customers/customer.entity.ts'
import { reveals } from './customers/reveal.entity.ts'
import { wecomTokens } from './database/token-store.entity.ts'
import { entrances } from './entrances/entrance.entity.ts'
import { customerGroups } from './groups/group.entity.ts'
import { idempotencyKeys } from './http/idempotency.entity.ts'
import { sessions, signIns } from './identity/identity.entity.ts'
import { arrivals, inbox, leases, outbox } from './jobs/jobs.entity.ts'
import { outreachRecipients, outreachSettings, outreachTasks } from './outreach/outreach.entity.ts'
import { departments, directoryChanges, staff, staffDepartments, staffPersons, syncStates } from './organization/organization.entity.ts'
import { policyDrafts, policyPreviews, policySettings, policyTests, policyTexts, policyVersions } from './policy/policy.entity.ts'
import { wordDrafts, wordTexts, wordVersions } from './screening/word-list.entity.ts'
import { mediaPieces, templateMedia } from './templates/media/media.entity.ts'
import { templates, templateUses, templateVersions } from './templates/template.entity.ts'
import { orders, visits } from './records/record.entity.ts'
import { reportExportParts, reportExports } from './reports/report-export.entity.ts'

/** Every table of the product. A class array, never a glob: globs break in a bundle. */
export const entities: readonly EntitySchema[] = [
  accessStates, roles, staffRoles, templateRules, restrictions, taskFacts, nodeFacts,
  campaigns, campaignMembers, temporaryGrants, nodeGrants, shares, roleLimits,
  departments, staff, staffDepartments, staffPersons, directoryChanges, syncStates,
  approvalRequests, approvalApprovers, approvalPairs,
  policyVersions, policyDrafts, policyPreviews, policySettings, policyTests, policyTexts,
  wordVersions, wordDrafts, wordTexts,
  auditEntries, auditChain, auditPending, auditAnchors, auditVerifications,
  customers, follows, ownerships, tags, customerTags, contactRefusals,
  cardCounts, cardViews, accessFreezes, revealCounts, revealAllowances,
  reveals, blockRequests,
  customerScopes, listMarks,
  customerGroups,
  orders, visits,
  templates, templateVersions, templateUses, templateMedia, mediaPieces,
  outreachTasks, outreachRecipients, outreachSettings,
  reportExports, reportExportParts,
  messages, kfCursors, staffMessages,
  entrances,
  broadcastRules, quotaUses, quotaShares, broadcasts, broadcastParts, broadcastRecipients, broadcastResults, planWorks, contactLocks,
  handBroadcasts, handParts, handExcesses,
  arrivals, inbox, outbox, leases,
  sessions, signIns, idempotencyKeys,
  wecomTokens,
]
