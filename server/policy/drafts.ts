import { In, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { DraftDocument, PolicyDocument, type PolicyChange, type PolicyFlaw } from '#shared/contracts/policy-document'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { checkDocument } from './check-document.ts'
import { mergeDocuments } from './compare-documents.ts'
import { contentHashOf } from './document.ts'
import { loadText, saveText } from './document-text.ts'
import { loadKnownNames, staffNamedIn } from './known-names.ts'
import { policyDrafts, type PolicyDraftRow } from './policy.entity.ts'
import type { PolicyOptions } from './policy-options.ts'
import { currentPolicy, documentOf, findVersion } from './versions.ts'

/** Drafts that are not finished; each may be a few hundred kilobytes. */
const mostDrafts = 50

export const unfinished = ['open', 'waiting'] as const

export class DraftNotFound extends ProjectError {
  constructor() {
    super('policy.draft_not_found', 404)
  }
}

/** Throws `policy.draft_not_found`. */
export async function findDraft(db: EntityManager, id: string): Promise<PolicyDraftRow> {
  const row = await db.getRepository(policyDrafts).findOneBy({ id })
  if (row === null) throw new DraftNotFound()
  return row
}

export async function draftDocument(db: EntityManager, draft: PolicyDraftRow): Promise<DraftDocument> {
  return DraftDocument.parse(JSON.parse(await loadText(db, draft.id) ?? 'null'))
}

export interface NewDraft {
  readonly name: string
  /** The version whose content it begins with; left out: the one in force. */
  readonly from?: number | undefined
}

/** Begins a draft on the version in force. Throws `policy.version_not_found`, `policy.too_many_drafts`. */
export async function createDraft(options: PolicyOptions, work: UnitOfWork, staffId: string, wanted: NewDraft): Promise<PolicyDraftRow> {
  const current = await currentPolicy(options, work.db)
  const document = wanted.from === undefined ? current.document : await documentOf(work.db, await findVersion(work.db, wanted.from))
  return addDraft(options, work, staffId, { name: wanted.name, base: current.version.number, document })
}

/** Adds a draft with a content of its own. */
export async function addDraft(options: PolicyOptions, work: UnitOfWork, staffId: string, wanted: { readonly name: string, readonly base: number, readonly document: DraftDocument }): Promise<PolicyDraftRow> {
  const table = work.db.getRepository(policyDrafts)
  if (await table.countBy({ state: In([...unfinished]) }) >= mostDrafts) throw new ProjectError('policy.too_many_drafts', 409)
  const now = options.access.clock.now()
  const row: PolicyDraftRow = {
    id: uuid(), name: wanted.name, state: 'open', version: 1, baseNumber: wanted.base, contentHash: contentHashOf(wanted.document), note: '',
    requestId: null, publishedNumber: null, createdAt: now, createdBy: staffId, updatedAt: now, updatedBy: staffId,
  }
  await table.insert(row)
  await saveText(work.db, row.id, JSON.stringify(wanted.document))
  await options.audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'policy.draft-begun', operation: 'system.policy.operate', subjectKind: 'policy-draft', subjectId: row.id, outcome: 'done', details: { base: wanted.base },
  })
  return row
}

/** Who changes which state of a draft. */
export interface DraftEdit {
  readonly id: string
  readonly version: number
  readonly staffId: string
}

/**
 * Takes the draft for this transaction, if it is open and as its editor saw it.
 * Throws `policy.draft_not_found`, `policy.draft_closed`, `policy.version_conflict`.
 */
export async function claimDraft(options: PolicyOptions, work: UnitOfWork, { id, version, staffId }: DraftEdit): Promise<PolicyDraftRow> {
  const taken = await work.db.getRepository(policyDrafts).update({ id, version, state: 'open' }, { version: version + 1, updatedAt: options.access.clock.now(), updatedBy: staffId })
  const row = await findDraft(work.db, id)
  if (taken.affected === 1) return row
  if (row.state !== 'open') throw new ProjectError('policy.draft_closed', 409, { state: row.state })
  throw new ProjectError('policy.version_conflict', 409)
}

/** Replaces name and document. */
export async function saveDraft(options: PolicyOptions, work: UnitOfWork, edit: DraftEdit & { readonly name?: string | undefined, readonly document: DraftDocument }): Promise<PolicyDraftRow> {
  const row = await claimDraft(options, work, edit)
  const changed = { name: edit.name ?? row.name, contentHash: contentHashOf(edit.document) }
  await work.db.getRepository(policyDrafts).update({ id: row.id }, changed)
  await saveText(work.db, row.id, JSON.stringify(edit.document))
  await options.audit.record(work.db, {
    actorKind: 'staff', actorId: edit.staffId, action: 'policy.draft-saved', operation: 'system.policy.operate', subjectKind: 'policy-draft', subjectId: row.id, outcome: 'done', details: { hash: changed.contentHash },
  })
  return { ...row, ...changed }
}

/** Takes the draft along to the version in force. */
export async function rebaseDraft(options: PolicyOptions, work: UnitOfWork, edit: DraftEdit): Promise<{ readonly draft: PolicyDraftRow, readonly conflicts: readonly Omit<PolicyChange, 'operations'>[] }> {
  const row = await claimDraft(options, work, edit)
  const current = await currentPolicy(options, work.db)
  const base = await documentOf(work.db, await findVersion(work.db, row.baseNumber))
  const { document, conflicts } = mergeDocuments(base, await draftDocument(work.db, row), current.document)
  const changed = { baseNumber: current.version.number, contentHash: contentHashOf(document) }
  await work.db.getRepository(policyDrafts).update({ id: row.id }, changed)
  await saveText(work.db, row.id, JSON.stringify(document))
  return { draft: { ...row, ...changed }, conflicts }
}

/** Everything that is wrong with a document as a draft. */
export async function flawsOf(options: PolicyOptions, db: EntityManager, document: DraftDocument): Promise<PolicyFlaw[]> {
  const { document: inForce } = await currentPolicy(options, db === options.database.db ? undefined : db)
  return checkDocument(document, await loadKnownNames(db, staffNamedIn(document)), inForce)
}

/** The document of a draft that has no blocking flaw. Throws `policy.flawed` with their places. */
export async function soundDocument(options: PolicyOptions, db: EntityManager, document: DraftDocument): Promise<PolicyDocument> {
  const flaws = (await flawsOf(options, db, document)).filter((flaw) => flaw.blocking)
  const parsed = PolicyDocument.safeParse(document)
  if (flaws.length === 0 && parsed.success) return parsed.data
  throw new ProjectError('policy.flawed', 409, { count: flaws.length, places: flaws.slice(0, 20).map((flaw) => flaw.place), codes: flaws.slice(0, 20).map((flaw) => flaw.code) })
}
