import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { draftId, readDraft } from './edit-draft.ts'
import { createScreener } from './screener.ts'
import { dropDocument, hashOf, saveDocument, type WordDocument } from './word-document.ts'
import { wordDrafts, wordVersions, type WordVersionRow } from './word-list.entity.ts'
import { documentOfVersion, latestVersion, type ScreeningOptions } from './word-lists.ts'
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

type NewVersion = Pick<WordVersionRow, 'kind' | 'restores' | 'note'> & { readonly base: number }

/** The list is in force for every scan that begins after this transaction; WeCom's own rules follow. Throws `screening.base_changed`. */
async function addVersion(options: ScreeningOptions, work: UnitOfWork, staffId: string, document: WordDocument, { base, ...version }: NewVersion): Promise<number> {
  const latest = await latestVersion(work.db)
  if ((latest?.number ?? 0) !== base) throw new ProjectError('screening.base_changed', 409)
  const row: WordVersionRow = { ...version, number: base + 1, id: uuid(), contentHash: hashOf(document), entries: document.entries.length, createdAt: options.clock(), createdBy: staffId }
  try {
    await work.db.getRepository(wordVersions).insert(row)
  } catch (error) {
    throw isUniqueViolation(error) ? new ProjectError('screening.base_changed', 409) : error
  }
  await saveDocument(work.db, row.id, document)
  await wantInterceptRules(work)
  await options.audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'words.published', operation: 'marketing.strategy.operate', subjectKind: 'word-version', subjectId: row.id, outcome: 'done',
    details: { number: row.number, contentHash: row.contentHash, kind: row.kind, entries: row.entries, ...(row.restores === null ? {} : { restores: row.restores }) },
  })
  return row.number
}

/** Publishes the draft as it was seen. Throws `screening.version_conflict`, `screening.nothing_changed`, `screening.base_changed`. */
export async function publishDraft(options: ScreeningOptions, staffId: string, wanted: { readonly version: number, readonly note: string }): Promise<number> {
  requireUsable((await readDraft(options)).document)
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const { row, document, baseNumber } = await readDraft(options, work)
    if (row === null) throw new ProjectError('screening.nothing_changed', 409)
    if ((await work.db.getRepository(wordDrafts).delete({ id: draftId, version: wanted.version })).affected !== 1) throw new ProjectError('screening.version_conflict', 409)
    await dropDocument(work.db, draftId)
    return addVersion(options, work, staffId, document, { kind: 'published', restores: null, note: wanted.note, base: baseNumber })
  })
}

/** Puts an earlier list in force again (0: the starter list), as a new version. Throws `screening.version_not_found`. */
export async function restoreVersion(options: ScreeningOptions, staffId: string, wanted: { readonly number: number, readonly note: string }): Promise<number> {
  return options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const base = (await latestVersion(work.db))?.number ?? 0
    const document = await documentOfVersion(work.db, wanted.number)
    if (wanted.number === base) throw new ProjectError('screening.nothing_changed', 409)
    return addVersion(options, work, staffId, document, { kind: 'rollback', restores: wanted.number, note: wanted.note, base })
  })
}
