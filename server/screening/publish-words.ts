import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { draftId, readDraft } from './edit-draft.ts'
import { createScreener } from './screener.ts'
import { dropDocument, hashOf, saveDocument, type WordDocument } from './word-document.ts'
import { wordDrafts, wordVersions, type WordVersionRow } from './word-list.entity.ts'
import { isLoosening, looseningOf } from './loosening.ts'
import { documentOfVersion, latestVersion, type ScreeningOptions, type Screenings } from './word-lists.ts'
import { wordsKey, wordsKind, type WordsPayload } from './words-wish.ts'
import { TooManyWords } from './words/automaton.ts'
import { wantInterceptRules } from './intercept-rules.ts'

async function requireOperator({ access }: ScreeningOptions, work: UnitOfWork, staffId: string): Promise<void> {
  (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.operate')
}

/** A list that cannot be prepared must not come in force: every process would fail with it. */
function requireUsable(document: WordDocument): void {
  try {
    createScreener(document)
  } catch (error) {
    if (error instanceof TooManyWords) throw new ProjectError('screening.too_many_words', 413, { limit: document.entries.length })
    throw error
  }
}

export interface WordsInForce {
  /** The version that is in force now; null is returned when it is not any more. */
  readonly base: number
  /** The earlier version that comes back; null: the draft, which ends. */
  readonly restores: number | null
  readonly note: string
  readonly by: string
  readonly approvedBy: string | null
}

/** The draft or an earlier list is in force for every scan that begins after this transaction; WeCom's own rules follow. */
export async function putInForce(options: ScreeningOptions, work: UnitOfWork, { base, restores, note, by, approvedBy }: WordsInForce): Promise<number | null> {
  const { db } = work
  if (((await latestVersion(db))?.number ?? 0) !== base) return null
  const draft = restores === null ? await readDraft(options, db) : null
  if (draft !== null && (draft.row === null || draft.baseNumber !== base)) return null
  const document = draft?.document ?? await documentOfVersion(db, restores ?? 0)
  const row: WordVersionRow = {
    number: base + 1, id: uuid(), kind: restores === null ? 'published' : 'rollback', restores, note, contentHash: hashOf(document), entries: document.entries.length, createdAt: options.clock(), createdBy: by,
  }
  try {
    await db.getRepository(wordVersions).insert(row)
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
  await saveDocument(db, row.id, document)
  if (draft !== null) {
    await db.getRepository(wordDrafts).delete({ id: draftId })
    await dropDocument(db, draftId)
  }
  await wantInterceptRules(work)
  await options.audit.record(db, {
    actorKind: 'staff', actorId: by, action: 'words.published', operation: 'marketing.strategy.operate', subjectKind: 'word-version', subjectId: row.id, outcome: 'done',
    details: { number: row.number, contentHash: row.contentHash, kind: row.kind, entries: row.entries, ...(restores === null ? {} : { restores }), ...(approvedBy === null ? {} : { approvedBy }) },
  })
  return row.number
}

/** Holds the draft until the transaction ends: an edit comes before it, or after. False: it is another version, or there is none. */
export async function holdDraft(work: UnitOfWork, version?: number): Promise<boolean> {
  const held = await work.db.getRepository(wordDrafts).update({ id: draftId, ...(version === undefined ? {} : { version }) }, { id: draftId })
  return held.affected === 1
}

/** What became of a wish to publish: in force, or waiting for a second person. */
export interface Published {
  readonly number: number | null
  readonly approvalId: string | null
}

const baseChanged = () => new ProjectError('screening.base_changed', 409)

/** A list that lets nothing more through is in force at once; any other waits for a second person (docs/screening.md). */
async function publishOrAsk(options: Screenings, work: UnitOfWork, staffId: string, document: WordDocument, payload: WordsPayload): Promise<Published> {
  if (!isLoosening(looseningOf(await documentOfVersion(work.db, payload.base), document))) {
    const number = await putInForce(options, work, { ...payload, by: staffId, approvedBy: null })
    if (number === null) throw baseChanged()
    return { number, approvalId: null }
  }
  const request = await options.approvals.ask(work, {
    kind: wordsKind, payload, requesterStaffId: staffId, beneficiaryStaffIds: [], departmentId: null, contentHash: hashOf(document), uniqueKey: wordsKey,
  })
  return { number: null, approvalId: request.id }
}

/** Publishes the draft as it was seen. Throws `screening.version_conflict`, `screening.nothing_changed`, `screening.base_changed`. */
export async function publishDraft(options: Screenings, staffId: string, wanted: { readonly version: number, readonly note: string }): Promise<Published> {
  requireUsable((await readDraft(options)).document)
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const isSeen = await holdDraft(work, wanted.version)
    const { row, document, baseNumber } = await readDraft(options, work.db)
    if (row === null) throw new ProjectError('screening.nothing_changed', 409)
    if (!isSeen) throw new ProjectError('screening.version_conflict', 409)
    if (((await latestVersion(work.db))?.number ?? 0) !== baseNumber) throw baseChanged()
    return publishOrAsk(options, work, staffId, document, { base: baseNumber, restores: null, note: wanted.note })
  })
}

/** Puts an earlier list in force again (0: the starter list), as a new version. Throws `screening.version_not_found`. */
export async function restoreVersion(options: Screenings, staffId: string, wanted: { readonly number: number, readonly note: string }): Promise<Published> {
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const base = (await latestVersion(work.db))?.number ?? 0
    const document = await documentOfVersion(work.db, wanted.number)
    if (wanted.number === base) throw new ProjectError('screening.nothing_changed', 409)
    return publishOrAsk(options, work, staffId, document, { base, restores: wanted.number, note: wanted.note })
  })
}
