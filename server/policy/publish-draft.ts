import { z } from 'zod'
import type { PublishOutcome } from '#shared/contracts/policy'
import { PolicyDocument, type DraftDocument } from '#shared/contracts/policy-document'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type Described } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { changesBetween, namedGainers } from './compare-documents.ts'
import { contentHashOf } from './document.ts'
import { addDraft, claimDraft, draftDocument, findDraft, soundDocument, type DraftEdit } from './drafts.ts'
import { onlyNarrows } from './narrowing.ts'
import { policyDrafts, policyPreviews, type PolicyDraftRow } from './policy.entity.ts'
import { failedTests, requireOperator, type PolicyOptions } from './policy-options.ts'
import { keptTestIds } from './policy-tests.ts'
import { previewFigures } from './previews.ts'
import { assertAdministratorUnder, publishKey, putInForce } from './put-in-force.ts'
import { currentPolicy, documentOf, findVersion, restoredBy, type CurrentPolicy } from './versions.ts'

export interface PublishWish extends DraftEdit {
  readonly note: string
}

/**
 * Publishes a draft: at once when it can only narrow, otherwise after a second person has agreed to exactly this content on
 * exactly this base. Throws what the contract names.
 */
export async function publishDraft(options: PolicyOptions, wish: PublishWish): Promise<PublishOutcome> {
  const tested = await findDraft(options.database.db, wish.id)
  const tests = await assertTestsHold(options, await draftDocument(options.database.db, tested))
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, wish.staffId)
    const draft = await claimDraft(options, work, wish)
    // What was tested is what is published; another content has another version and was refused already.
    if (draft.contentHash !== tested.contentHash || !(await areAll(work, tests))) throw new ProjectError('policy.version_conflict', 409)
    const current = await currentPolicy(options, work.db)
    if (draft.baseNumber !== current.version.number) throw new ProjectError('policy.base_changed', 409)
    if (draft.contentHash === current.version.contentHash) throw new ProjectError('policy.nothing_changed', 409)
    const document = await soundDocument(options, work.db, await draftDocument(work.db, draft))
    await assertAdministratorUnder(options, work, document)
    if (onlyNarrows(current.document, document, options.access.clock.now())) return publishNow(options, work, { draft, current, document, note: wish.note, by: wish.staffId, approvedBy: null })
    if (!(await isPreviewed(work, draft))) throw new ProjectError('policy.preview_required', 409)
    return askSecondPerson(options, work, draft, { ...wish, tests }, namedGainers(current.document, document))
  })
}

/** Asks the kept tests, outside a transaction: they build companies of their own. Returns which. Throws `policy.tests_failed`. */
async function assertTestsHold(options: PolicyOptions, document: DraftDocument): Promise<string[]> {
  const asked = await keptTestIds(options.database.db)
  const parsed = PolicyDocument.safeParse(document)
  const failed = parsed.success ? await failedTests(options, options.database.db, parsed.data) : []
  if (failed.length > 0) throw new ProjectError('policy.tests_failed', 409, { count: failed.length, names: failed.slice(0, 20).map((one) => one.name) })
  return asked
}

/** No test was kept since these were asked. */
const areAll = async ({ db }: UnitOfWork, tests: readonly string[]): Promise<boolean> => (await keptTestIds(db)).every((id) => tests.includes(id))

function isPreviewed(work: UnitOfWork, { contentHash, baseNumber }: PolicyDraftRow): Promise<boolean> {
  return work.db.getRepository(policyPreviews).existsBy({ contentHash, baseNumber, state: 'done' })
}

/** Binds the draft to a request of the kind `policy-publish`; it cannot be edited until the request is closed. */
async function askSecondPerson(options: PolicyOptions, work: UnitOfWork, draft: PolicyDraftRow, wish: Pick<PublishWish, 'staffId' | 'note'> & Pick<Payload, 'tests'>, beneficiaryStaffIds: readonly string[]): Promise<PublishOutcome> {
  const request = await options.approvals.ask<Payload>(work, {
    kind: publishKind, uniqueKey: publishKey(draft.id), contentHash: draft.contentHash, requesterStaffId: wish.staffId, beneficiaryStaffIds, departmentId: null,
    payload: { draftId: draft.id, baseNumber: draft.baseNumber, tests: wish.tests },
  })
  await work.db.getRepository(policyDrafts).update({ id: draft.id }, { state: 'waiting', requestId: request.id, note: wish.note })
  return { outcome: 'waiting', number: null, requestId: request.id }
}

interface Publishing {
  readonly draft: PolicyDraftRow
  readonly current: CurrentPolicy
  readonly document: PolicyDocument
  readonly note: string
  readonly by: string
  readonly approvedBy: string | null
}

async function publishNow(options: PolicyOptions, work: UnitOfWork, { draft, current, document, note, by, approvedBy }: Publishing): Promise<PublishOutcome> {
  const restores = await restoredBy(work.db, contentHashOf(document), current.version.number)
  // First: whatever closes waiting requests must not find this one.
  await work.db.getRepository(policyDrafts).update({ id: draft.id }, { state: 'published', requestId: null, note, publishedNumber: current.version.number + 1 })
  const version = await putInForce(options, work, current, document, { kind: restores === null ? 'published' : 'rollback', restores, note, createdBy: by, approvedBy })
  return { outcome: 'published', number: version.number, requestId: null }
}

export const publishKind = 'policy-publish'
const Payload = z.object({
  draftId: z.string(), baseNumber: z.number(),
  /** The kept tests that hold under the draft. */
  tests: z.array(z.string()).default([]),
})
type Payload = z.infer<typeof Payload>

/** The approval behind a publishing: decided in the console by another holder of `system.policy.operate`. */
export function policyPublishKind(options: PolicyOptions): ApprovalKind<Payload> {
  return {
    kind: publishKind,
    payload: Payload,
    decideOn: 'console',
    reach: () => 'company',
    waitsWhenAlone: true,
    describe: (db, request) => describePublishing(options, db, request),
    onApproved: (work, request) => publishApproved(options, work, request),
    onClosed: async (work, request) => {
      await work.db.getRepository(policyDrafts).update(
        { id: request.payload.draftId, state: 'waiting', requestId: request.id },
        { state: 'open', requestId: null, version: () => 'version + 1', updatedAt: options.access.clock.now() },
      )
    },
  }
}

/** Throws ApprovalOutdated for anything that is not what was agreed to: another content, another base, flaws or tests that came since. */
async function publishApproved(options: PolicyOptions, work: UnitOfWork, request: ApprovalRequest<Payload>): Promise<void> {
  const draft = await findDraft(work.db, request.payload.draftId)
  const current = await currentPolicy(options, work.db)
  const asked = draft.state === 'waiting' && draft.requestId === request.id && draft.contentHash === request.contentHash
  if (!asked || draft.baseNumber !== current.version.number || !(await areAll(work, request.payload.tests))) throw new ApprovalOutdated()
  // Whoever asked must still be somebody who may.
  if (!(await options.access.actorFor(request.requesterStaffId, work.db)).may('system.policy.operate')) throw new ApprovalOutdated()
  try {
    const document = await soundDocument(options, work.db, await draftDocument(work.db, draft))
    await publishNow(options, work, { draft, current, document, note: draft.note, by: request.requesterStaffId, approvedBy: request.decidedBy })
  } catch (error) {
    if (error instanceof ProjectError) throw new ApprovalOutdated()
    throw error
  }
}

const partNames = { roles: '角色', templateRules: '模板规则', restrictions: '禁止项', nodeGrants: '节点授权', limits: '限额', settings: '设置' } as const

async function describePublishing(options: PolicyOptions, db: PolicyOptions['database']['db'], { payload }: ApprovalRequest<Payload>): Promise<Described> {
  const draft = await findDraft(db, payload.draftId)
  const base = await documentOf(db, await findVersion(db, payload.baseNumber))
  const changes = changesBetween(base, await draftDocument(db, draft))
  const counts = Object.entries(partNames).flatMap(([part, name]) => {
    const count = changes.filter((change) => change.part === part).length
    return count === 0 ? [] : [`${name} ${count}`]
  })
  const figures = await previewFigures(db, draft)
  const restores = await restoredBy(db, draft.contentHash, payload.baseNumber)
  return {
    title: restores === null ? `发布权限方案 v${payload.baseNumber + 1}` : `回退到权限方案 v${restores}`,
    lines: [
      { label: '草稿', value: draft.name },
      { label: '改动', value: counts.join('，') || '无' },
      ...(figures === null ? [] : [{ label: '影响', value: `${figures.staffGaining} 人增加，${figures.staffLosing} 人减少` }]),
      { label: '说明', value: draft.note },
    ],
  }
}

/**
 * Asks a second person to lift a restriction: a draft without it, and without a preview, since its whole effect is to lift it.
 * Throws `policy.restriction_not_found`, `policy.tests_failed`, `policy.base_changed`, `policy.too_many_drafts`.
 */
export async function endRestriction(options: PolicyOptions, staffId: string, wanted: { readonly id: string, readonly note: string }): Promise<PublishOutcome & { readonly draftId: string }> {
  const without = (document: PolicyDocument) => ({ ...document, restrictions: document.restrictions.filter((one) => one.id !== wanted.id) })
  const seen = await currentPolicy(options)
  if (without(seen.document).restrictions.length === seen.document.restrictions.length) throw new ProjectError('policy.restriction_not_found', 404)
  const tests = await assertTestsHold(options, without(seen.document))
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const current = await currentPolicy(options, work.db)
    if (current.version.number !== seen.version.number || !(await areAll(work, tests))) throw new ProjectError('policy.base_changed', 409)
    const document = without(current.document)
    const draft = await addDraft(options, work, staffId, { name: `解除禁止项 ${wanted.id.slice(0, 8)}`, base: current.version.number, document })
    const outcome = onlyNarrows(current.document, document, options.access.clock.now())
      ? await publishNow(options, work, { draft, current, document, note: wanted.note, by: staffId, approvedBy: null })
      : await askSecondPerson(options, work, draft, { staffId, note: wanted.note, tests }, namedGainers(current.document, document))
    return { ...outcome, draftId: draft.id }
  })
}
