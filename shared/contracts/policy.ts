import { z } from 'zod'
import { RoleGrant } from '../access/index.ts'
import { contract, needsOperation } from './contract.ts'
import { Instant, PageLimit } from './ids.ts'
import { DraftDocument, PolicyChange, PolicyDocument, PolicyFlaw } from './policy-document.ts'

/** Reading, drafting, previewing and publishing the policy. The document itself: `policy-document.ts`. */

const ById = z.object({ id: z.uuid() }).strict()
const viewing = needsOperation('system.policy.view')
const operating = needsOperation('system.policy.operate')

/** A staff member as rules and people name him. */
export const PolicyPerson = z.object({ staffId: z.string(), userid: z.string(), name: z.string(), active: z.boolean() }).strict()
export type PolicyPerson = z.infer<typeof PolicyPerson>

export const PolicyVersion = z.object({
  number: z.number().int(),
  contentHash: z.string(),
  /**
   * `first`: found when versions began; `published`; `rollback`: the content of `restores` again; `emergency`: a restriction set at
   * once; `found`: the rules in force had been changed outside (by an upgrade, by hand) and were taken over.
   */
  kind: z.enum(['first', 'published', 'rollback', 'emergency', 'found']),
  restores: z.number().int().nullable(),
  note: z.string(),
  createdAt: Instant,
  createdBy: PolicyPerson.nullable(),
  /** The second person; empty where none was needed because nobody gained anything. */
  approvedBy: PolicyPerson.nullable(),
}).strict()
export type PolicyVersion = z.infer<typeof PolicyVersion>

/** The cells of a role's matrix that differ from the product's template. */
export const RoleDifferences = z.object({
  roleKey: z.string(),
  /** A role of the company's own: there is no template to differ from. */
  own: z.boolean(),
  cells: z.array(z.object({ operation: z.string(), change: z.enum(['added', 'removed', 'changed']) }).strict()),
}).strict()

export const readPolicy = contract({
  method: 'GET',
  path: '/api/policy',
  summary: 'The policy in force as one document, with its version, what differs from the product\'s templates, and rules that cannot be read.',
  needs: viewing,
  returns: z.object({
    version: PolicyVersion,
    document: PolicyDocument,
    /** The product's templates, to mark differences while a draft is edited (`matrixDifferences`). */
    templates: z.array(z.object({ roleKey: z.string(), label: z.string(), grants: z.array(RoleGrant) }).strict()),
    differences: z.array(RoleDifferences),
    /** Stored rules that cannot be read: a role or node grant like this gives nothing, a restriction takes everything. */
    unreadable: z.array(z.object({ kind: z.string(), id: z.string() }).strict()),
    /** Names of the staff whom the document names. */
    people: z.array(PolicyPerson),
    /** How many active staff hold each role. */
    holders: z.array(z.object({ roleKey: z.string(), staff: z.number().int() }).strict()),
  }).strict(),
})

/** What the editor of grants offers. */
export const readPolicyWords = contract({
  method: 'GET',
  path: '/api/policy/words',
  summary: 'Departments, tags and other names that rules may use.',
  needs: viewing,
  returns: z.object({
    departments: z.array(z.object({ id: z.number().int(), name: z.string(), parentId: z.number().int().nullable(), kind: z.enum(['department', 'store', 'region']) }).strict()),
    tagGroups: z.array(z.object({ id: z.string(), name: z.string(), tags: z.array(z.object({ id: z.string(), name: z.string() }).strict()) }).strict()),
    /** Task types, journey nodes and campaigns that occur in facts or rules. */
    taskTypes: z.array(z.string()),
    nodeKeys: z.array(z.string()),
    campaigns: z.array(z.object({ campaignKey: z.string(), name: z.string() }).strict()),
  }).strict(),
})

export const listPolicyVersions = contract({
  method: 'GET',
  path: '/api/policy/versions',
  summary: 'All versions, newest first.',
  needs: viewing,
  query: z.object({ before: z.coerce.number().int().optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(PolicyVersion), nextBefore: z.number().int().nullable() }).strict(),
})

export const readPolicyVersion = contract({
  method: 'GET',
  path: '/api/policy/versions/:number',
  summary: 'One version with its document and what it changed compared with the one before.',
  needs: viewing,
  params: z.object({ number: z.coerce.number().int().min(1).max(1_000_000_000) }).strict(),
  returns: z.object({ version: PolicyVersion, document: PolicyDocument, changes: z.array(PolicyChange), people: z.array(PolicyPerson) }).strict(),
  fails: ['policy.version_not_found'],
})

const DraftHead = {
  id: z.string(),
  name: z.string(),
  /** `waiting`: for the second person; then it cannot be edited. */
  state: z.enum(['open', 'waiting', 'published', 'discarded']),
  /** For stale writes. */
  version: z.number().int(),
  /** The version it began from, and the one in force now: when they differ, the draft must be taken along (`rebase`). */
  baseNumber: z.number().int(),
  currentNumber: z.number().int(),
  /** An earlier version whose content it equals: publishing it is a rollback. */
  restores: z.number().int().nullable(),
  createdBy: PolicyPerson.nullable(),
  updatedAt: Instant,
  updatedBy: PolicyPerson.nullable(),
  /** The approval that waits. */
  requestId: z.string().nullable(),
  publishedNumber: z.number().int().nullable(),
}
export const PolicyDraftHead = z.object(DraftHead).strict()
export type PolicyDraftHead = z.infer<typeof PolicyDraftHead>

export const PolicyDraft = z.object({
  ...DraftHead,
  document: DraftDocument,
  flaws: z.array(PolicyFlaw),
  /** What it changes compared with the version it began from. */
  changes: z.array(PolicyChange),
  /** Nobody can gain anything by it, whatever happens later: one person may publish it at once. Null while it has blocking flaws. */
  narrowing: z.boolean().nullable(),
  /** The newest preview of exactly this content on exactly this base, if there is one. */
  previewId: z.string().nullable(),
  people: z.array(PolicyPerson),
}).strict()
export type PolicyDraft = z.infer<typeof PolicyDraft>

export const listPolicyDrafts = contract({
  method: 'GET',
  path: '/api/policy/drafts',
  summary: 'Drafts that are open or wait for the second person, newest first.',
  needs: viewing,
  returns: z.object({ items: z.array(PolicyDraftHead) }).strict(),
})

export const createPolicyDraft = contract({
  method: 'POST',
  path: '/api/policy/drafts',
  summary: 'Begins a draft from the version in force, or with the content of an earlier one (rollback).',
  needs: operating,
  body: z.object({ name: z.string().trim().min(1).max(60), from: z.number().int().min(1).optional() }).strict(),
  returns: PolicyDraft,
  fails: ['policy.version_not_found', 'policy.too_many_drafts', 'request.invalid'],
})

export const readPolicyDraft = contract({
  method: 'GET',
  path: '/api/policy/drafts/:id',
  summary: 'A draft with its flaws, its changes and whether it only narrows.',
  needs: viewing,
  params: ById,
  returns: PolicyDraft,
  fails: ['policy.draft_not_found'],
})

export const savePolicyDraft = contract({
  method: 'PUT',
  path: '/api/policy/drafts/:id',
  summary: 'Saves the whole document of a draft, also with wrong names; the answer lists them. A stale version is a conflict.',
  needs: operating,
  params: ById,
  body: z.object({ version: z.number().int(), name: z.string().trim().min(1).max(60).optional(), document: DraftDocument }).strict(),
  returns: PolicyDraft,
  fails: ['policy.draft_not_found', 'policy.version_conflict', 'policy.draft_closed', 'request.invalid'],
})

export const discardPolicyDraft = contract({
  method: 'DELETE',
  path: '/api/policy/drafts/:id',
  summary: 'Throws a draft away; a request that waits for it is withdrawn.',
  needs: operating,
  params: ById,
  query: z.object({ version: z.coerce.number().int() }).strict(),
  returns: z.object({ discarded: z.boolean() }).strict(),
  fails: ['policy.draft_not_found', 'policy.version_conflict', 'policy.draft_closed'],
})

export const validatePolicyDraft = contract({
  method: 'POST',
  path: '/api/policy/drafts/:id/validate',
  summary: 'Every problem of a draft at once, with its place.',
  needs: viewing,
  params: ById,
  returns: z.object({ flaws: z.array(PolicyFlaw), publishable: z.boolean() }).strict(),
  fails: ['policy.draft_not_found'],
})

export const rebasePolicyDraft = contract({
  method: 'POST',
  path: '/api/policy/drafts/:id/rebase',
  summary: 'Takes a draft along to the version in force: what only one side changed is kept, what both changed keeps the draft\'s and is named.',
  needs: operating,
  params: ById,
  body: z.object({ version: z.number().int() }).strict(),
  returns: z.object({ draft: PolicyDraft, conflicts: z.array(PolicyChange.omit({ operations: true })) }).strict(),
  fails: ['policy.draft_not_found', 'policy.version_conflict', 'policy.draft_closed'],
})

export const startPolicyPreview = contract({
  method: 'POST',
  path: '/api/policy/drafts/:id/preview',
  summary: 'Works out who would gain and lose what. Runs in the background; the answer says where to look.',
  needs: operating,
  params: ById,
  returns: z.object({ previewId: z.string(), state: z.enum(['running', 'done', 'failed']) }).strict(),
  fails: ['policy.draft_not_found', 'policy.draft_closed', 'policy.flawed', 'policy.base_changed'],
})

/**
 * What is counted: customers; departments whose templates, approvals and the like are meant; `own` things only, whatever their
 * department; or `company` for what is all or nothing. The last two are counted as one.
 */
const EffectOver = z.enum(['customers', 'departments', 'own', 'company'])

/** How much of something somebody gains or loses. Null: fewer than five customers, whom the reader may not see. */
export const PreviewEffect = z.object({
  /** An operation, or a field whose presentation changes (`field:mobile`). */
  what: z.string(),
  over: EffectOver,
  gained: z.number().int().nullable(),
  lost: z.number().int().nullable(),
  /** A few of these customers, if the reader may see them. */
  gainedExamples: z.array(z.object({ externalUserId: z.string(), name: z.string() }).strict()),
  lostExamples: z.array(z.object({ externalUserId: z.string(), name: z.string() }).strict()),
}).strict()
export type PreviewEffect = z.infer<typeof PreviewEffect>

export const PolicyPreview = z.object({
  id: z.string(),
  draftId: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  /** 0 to 100. */
  progress: z.number().int(),
  contentHash: z.string(),
  baseNumber: z.number().int(),
  /** Of the draft as it stands now; false when it was edited or another version was published since. */
  current: z.boolean(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  result: z.object({
    /** Nobody gains anything with today's people and customers. `narrowing` of the draft is the stricter statement. */
    nobodyGains: z.boolean(),
    nobodyLoses: z.boolean(),
    customers: z.number().int(),
    staff: z.number().int(),
    staffGaining: z.number().int(),
    staffLosing: z.number().int(),
    /**
     * Over all people. `gained` and `lost` add up the counts of five and more; `fewGained` and `fewLost` say for how many people
     * they leave out a count under five.
     */
    totals: z.array(z.object({
      what: z.string(), over: EffectOver, staffGaining: z.number().int(), staffLosing: z.number().int(),
      gained: z.number().int(), lost: z.number().int(), fewGained: z.number().int(), fewLost: z.number().int(),
    }).strict()),
    /** Those for whom most changes, at most 200; `peopleLeftOut` more are only in the totals. */
    people: z.array(z.object({ userid: z.string(), name: z.string(), departments: z.array(z.string()), roles: z.array(z.string()), effects: z.array(PreviewEffect) }).strict()),
    peopleLeftOut: z.number().int(),
    /** Whose role by rule changes because the rules do. */
    roleChanges: z.array(z.object({ userid: z.string(), name: z.string(), from: z.string().nullable(), to: z.string() }).strict()),
    roleChangesLeftOut: z.number().int(),
  }).strict().nullable(),
  /** Stored regression tests that this content would fail; empty when all hold or there are none. */
  failedTests: z.array(z.object({ name: z.string(), detail: z.string() }).strict()),
}).strict()
export type PolicyPreview = z.infer<typeof PolicyPreview>

export const readPolicyPreview = contract({
  method: 'GET',
  path: '/api/policy/previews/:id',
  summary: 'A preview, finished or under way.',
  needs: viewing,
  params: ById,
  returns: PolicyPreview,
  fails: ['policy.preview_not_found'],
})

/** `published`: in force for the next request. `waiting`: a second person decides in the console. */
export const PublishOutcome = z.object({ outcome: z.enum(['published', 'waiting']), number: z.number().int().nullable(), requestId: z.string().nullable() }).strict()
export type PublishOutcome = z.infer<typeof PublishOutcome>

export const publishPolicyDraft = contract({
  method: 'POST',
  path: '/api/policy/drafts/:id/publish',
  summary: 'Publishes a draft that only narrows at once; any other waits for a second person, and needs a preview first.',
  needs: operating,
  params: ById,
  body: z.object({ version: z.number().int(), note: z.string().trim().min(1).max(200) }).strict(),
  returns: PublishOutcome,
  fails: [
    'policy.draft_not_found', 'policy.version_conflict', 'policy.draft_closed', 'policy.flawed', 'policy.base_changed', 'policy.preview_required',
    'policy.tests_failed', 'policy.nothing_changed', 'access.last_administrator', 'access.only_administrator',
  ],
})

export const withdrawPolicyDraft = contract({
  method: 'POST',
  path: '/api/policy/drafts/:id/withdraw',
  summary: 'Takes a draft back from the second person; it is open again.',
  needs: operating,
  params: ById,
  returns: PolicyDraft,
  fails: ['policy.draft_not_found', 'policy.draft_closed'],
})

export const restrictAtOnce = contract({
  method: 'POST',
  path: '/api/restrictions',
  summary: 'Sets a restriction at once: narrowing needs no second person. It becomes part of the policy as a version of its own.',
  needs: operating,
  body: z.object({ definition: DraftDocument.shape.restrictions.element.shape.definition, note: z.string().trim().min(1).max(200) }).strict(),
  returns: z.object({ id: z.string(), number: z.number().int() }).strict(),
  fails: ['policy.flawed', 'policy.base_changed', 'access.last_administrator', 'access.only_administrator', 'request.invalid'],
})

export const endRestriction = contract({
  method: 'POST',
  path: '/api/restrictions/:id/end',
  summary: 'Asks a second person to lift a restriction of the policy in force.',
  needs: operating,
  params: z.object({ id: z.string().min(1).max(36) }).strict(),
  body: z.object({ note: z.string().trim().min(1).max(200) }).strict(),
  returns: PublishOutcome.extend({ draftId: z.string() }).strict(),
  fails: ['policy.restriction_not_found', 'policy.base_changed', 'policy.too_many_drafts', 'request.invalid'],
})

export const policyContracts = [
  readPolicy, readPolicyWords, listPolicyVersions, readPolicyVersion,
  listPolicyDrafts, createPolicyDraft, readPolicyDraft, savePolicyDraft, discardPolicyDraft, validatePolicyDraft, rebasePolicyDraft,
  startPolicyPreview, readPolicyPreview, publishPolicyDraft, withdrawPolicyDraft,
  restrictAtOnce, endRestriction,
] as const
