import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { PolicyDocument } from '#shared/contracts/policy-document'
import { companyPolicyFrom, loadCompanyPolicy, previewChange } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { loadText, saveText } from './document-text.ts'
import { draftDocument, findDraft, soundDocument, unfinished } from './drafts.ts'
import { policyPreviews, type PolicyDraftRow, type PolicyPreviewRow } from './policy.entity.ts'
import { failedTests, type PolicyOptions } from './policy-options.ts'
import { ruleChanges } from './rule-changes.ts'
import { currentPolicy } from './versions.ts'

const Effect = z.object({
  what: z.string(), over: z.enum(['customers', 'departments', 'own', 'company']), gained: z.number(), lost: z.number(),
  gainedExamples: z.array(z.string()), lostExamples: z.array(z.string()),
})

/** What is kept of a preview: ids and numbers; names and what the reader may see are added when it is read. */
export const StoredPreview = z.object({
  customers: z.number(), staff: z.number(), staffGaining: z.number(), staffLosing: z.number(),
  totals: z.array(z.object({
    what: z.string(), over: z.enum(['customers', 'departments', 'own', 'company']), staffGaining: z.number(), staffLosing: z.number(),
    gained: z.number(), lost: z.number(), fewGained: z.number(), fewLost: z.number(),
  })),
  people: z.array(z.object({ staffId: z.string(), effects: z.array(Effect) })),
  peopleLeftOut: z.number(),
  roleChanges: z.array(z.object({ staffId: z.string(), from: z.string().nullable(), to: z.string() })),
  roleChangesLeftOut: z.number(),
})
export type StoredPreview = z.infer<typeof StoredPreview>

/** How many people are named, and for how many of them customers are kept as examples. */
const mostNamed = 200
const mostWithExamples = 30

/**
 * Wants the preview of a draft as it stands; one that is under way for the same content is not begun a second time.
 * Throws `policy.draft_not_found`, `policy.draft_closed`, `policy.flawed`, `policy.base_changed`.
 */
export async function startPreview(options: PolicyOptions, work: UnitOfWork, draftId: string, staffId: string): Promise<PolicyPreviewRow> {
  const draft = await findDraft(work.db, draftId)
  if (!unfinished.some((state) => state === draft.state)) throw new ProjectError('policy.draft_closed', 409, { state: draft.state })
  await soundDocument(options, work.db, await draftDocument(work.db, draft))
  const { version } = await currentPolicy(options, work.db)
  if (version.number !== draft.baseNumber) throw new ProjectError('policy.base_changed', 409)
  const now = options.access.clock.now()
  const latest = await latestPreview(work.db, draft)
  if (latest?.state === 'running' && !isStuck(latest, now)) return latest
  const row: PolicyPreviewRow = {
    id: uuid(), draftId, contentHash: draft.contentHash, baseNumber: draft.baseNumber, state: 'running', progress: 0, failedTests: [], startedBy: staffId, startedAt: now, finishedAt: null,
  }
  await work.db.getRepository(policyPreviews).insert({ ...row, failedTests: [] })
  await addOutbox(work, { kind: 'policy.preview', payload: { previewId: row.id } })
  return row
}

const longestMs = 10 * 60_000

/** Its effect was given up; it may be begun anew. */
export function isStuck(row: PolicyPreviewRow, now: number): boolean {
  return row.state === 'running' && now - row.startedAt > longestMs
}

/** The newest preview of exactly this content on exactly this base. */
export async function latestPreview(db: EntityManager, { id: draftId, contentHash, baseNumber }: PolicyDraftRow): Promise<PolicyPreviewRow | null> {
  const [latest] = await db.getRepository(policyPreviews).find({ where: { draftId, contentHash, baseNumber }, order: { startedAt: 'DESC', id: 'DESC' }, take: 1 })
  return latest ?? null
}

/** The figures of a draft's finished preview, or null. */
export async function previewFigures(db: EntityManager, draft: PolicyDraftRow): Promise<StoredPreview | null> {
  const latest = await latestPreview(db, draft)
  return latest?.state === 'done' ? storedPreview(db, latest) : null
}

export async function storedPreview(db: EntityManager, row: PolicyPreviewRow): Promise<StoredPreview | null> {
  const stored = await loadText(db, row.id)
  return stored === null ? null : StoredPreview.parse(JSON.parse(stored))
}

/** Works a preview out, outside a transaction and in short steps; it may be left and found again, and repeated after a crash. */
export function previewEffect(options: PolicyOptions): OutboxHandler {
  return {
    repeat: 'safe',
    run: async (payload) => {
      const { previewId } = z.object({ previewId: z.string() }).parse(payload)
      const { db } = options.database
      const table = db.getRepository(policyPreviews)
      const row = await table.findOneBy({ id: previewId })
      if (row === null || row.state !== 'running') return
      const document = await documentToPreview(options, row)
      if (document === null) return async (work) => void await finish(options, work, row, 'failed', [])
      const result = await workOut(options, document, async (part) => void await table.update({ id: row.id }, { progress: Math.floor(part * 99) }))
      const failed = await failedTests(options, db, document)
      return async (work) => {
        await saveText(work.db, row.id, JSON.stringify(result))
        await finish(options, work, row, 'done', failed)
      }
    },
  }
}

/** Null when the draft was edited or another version published since: then there is nothing to preview any more. */
async function documentToPreview(options: PolicyOptions, row: PolicyPreviewRow): Promise<PolicyDocument | null> {
  const { db } = options.database
  const draft = await findDraft(db, row.draftId)
  const parsed = PolicyDocument.safeParse(await draftDocument(db, draft))
  const { version } = await currentPolicy(options)
  return parsed.success && draft.contentHash === row.contentHash && version.number === row.baseNumber ? parsed.data : null
}

async function finish(options: PolicyOptions, work: UnitOfWork, row: PolicyPreviewRow, state: 'done' | 'failed', failed: readonly { readonly name: string, readonly detail: string }[]): Promise<void> {
  const kept = failed.slice(0, 50).map(({ name, detail }) => ({ name: name.slice(0, 200), detail: detail.slice(0, 300) }))
  await work.db.getRepository(policyPreviews).update({ id: row.id, state: 'running' }, { state, progress: 100, failedTests: kept, finishedAt: options.access.clock.now() })
}

async function workOut(options: PolicyOptions, document: PolicyDocument, onProgress: (part: number) => Promise<void>): Promise<StoredPreview> {
  const { db } = options.database
  const { document: base } = await currentPolicy(options)
  const company = await loadCompanyPolicy(db)
  const moved = await ruleChanges(db, base.templateRules, document.templateRules)
  const { people, ...figures } = await previewChange(db, {
    before: companyPolicyFrom(company, base), after: companyPolicyFrom(company, document),
    rolesAfter: new Map(moved.map((change) => [change.person.id, change.rolesAfter])),
    now: options.access.clock.now(), most: mostNamed, onProgress,
  })
  return StoredPreview.parse({
    ...figures,
    people: people.map((one, place) => (place < mostWithExamples ? one : { ...one, effects: one.effects.map((effect) => ({ ...effect, gainedExamples: [], lostExamples: [] })) })),
    roleChanges: moved.slice(0, mostNamed).map(({ person, from, to }) => ({ staffId: person.id, from, to })),
    roleChangesLeftOut: Math.max(0, moved.length - mostNamed),
  })
}
