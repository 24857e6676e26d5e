import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { present, ProjectError } from '../errors.ts'
import type { WordEntry } from './hits.ts'
import { hostOf } from './links/check-links.ts'
import { dropDocument, loadDocument, saveDocument, type WordDocument } from './word-document.ts'
import { mostEntries, problemOfWord, readWordFile, TooManyEntries, type LineProblem } from './word-file.ts'
import { wordDrafts, type WordDraftRow } from './word-list.entity.ts'
import { documentOfVersion, latestVersion, type ScreeningOptions } from './word-lists.ts'
import { wordsKey } from './words-wish.ts'

/** The one draft. */
export const draftId = 'draft'

export interface Draft {
  readonly row: WordDraftRow | null
  readonly document: WordDocument
  readonly baseNumber: number
}

/** The draft, or what would be one: the list in force with version 0. */
export async function readDraft(options: ScreeningOptions, db = options.database.db): Promise<Draft> {
  const row = await db.getRepository(wordDrafts).findOneBy({ id: draftId })
  const baseNumber = row?.baseNumber ?? (await latestVersion(db))?.number ?? 0
  const document = row === null ? await documentOfVersion(db, baseNumber) : present(await loadDocument(db, draftId), 'the content of the draft')
  return { row, document, baseNumber }
}

/** Asked again inside the transaction of every change: the right may have gone since the request began. Throws `access.denied`. */
async function requireEditor({ access }: ScreeningOptions, work: UnitOfWork, staffId: string): Promise<void> {
  (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.edit')
}

/** Takes the draft as its editor saw it (version 0: there was none). Throws `screening.version_conflict`. */
async function claim(options: ScreeningOptions, work: UnitOfWork, staffId: string, { row, baseNumber }: Draft, version: number): Promise<void> {
  const conflict = () => new ProjectError('screening.version_conflict', 409)
  const table = work.db.getRepository(wordDrafts)
  const now = options.clock()
  if ((row?.version ?? 0) !== version) throw conflict()
  if (row !== null) {
    if ((await table.update({ id: draftId, version }, { version: version + 1, updatedAt: now, updatedBy: staffId })).affected !== 1) throw conflict()
    return
  }
  try {
    await table.insert({ id: draftId, version: 1, baseNumber, updatedAt: now, updatedBy: staffId })
  } catch (error) {
    throw isUniqueViolation(error) ? conflict() : error
  }
}

/** Changes the draft and returns its new version. */
async function change(options: ScreeningOptions, staffId: string, version: number, apply: (document: WordDocument) => WordDocument): Promise<number> {
  return options.database.transaction(async (work) => {
    await requireEditor(options, work, staffId)
    const draft = await readDraft(options, work.db)
    await claim(options, work, staffId, draft, version)
    // What waits for a second person is another list from here on.
    await options.approvals.withdrawUnder(work, wordsKey)
    const document = apply(draft.document)
    if (document.entries.length > mostEntries) throw new ProjectError('screening.too_many_words', 413, { limit: mostEntries })
    await saveDocument(work.db, draftId, document)
    await options.audit.record(work.db, {
      actorKind: 'staff', actorId: staffId, action: 'words.draft-saved', operation: 'marketing.strategy.edit', subjectKind: 'word-draft', subjectId: draftId, outcome: 'done',
      details: { base: draft.baseNumber, entries: document.entries.length },
    })
    return version + 1
  })
}

function merged(before: readonly WordEntry[], more: readonly WordEntry[], removed: readonly string[] = []): WordEntry[] {
  const byWord = new Map(before.map((entry) => [entry.word, entry]))
  for (const word of removed) byWord.delete(word)
  for (const entry of more) byWord.set(entry.word, entry)
  return [...byWord.values()]
}

/** Adds, changes and removes entries by their word. Throws `screening.bad_words` with the places of those that cannot be searched for. */
export async function editEntries(options: ScreeningOptions, staffId: string, wanted: { readonly version: number, readonly set: readonly WordEntry[], readonly remove: readonly string[] }): Promise<number> {
  const bad = wanted.set.flatMap((entry, place) => {
    const problem = problemOfWord(entry.word)
    return problem === null ? [] : [`${place + 1}: ${problem}`]
  })
  if (bad.length > 0) throw new ProjectError('screening.bad_words', 400, { places: bad.slice(0, 20) })
  return change(options, staffId, wanted.version, (document) => ({ ...document, entries: merged(document.entries, wanted.set, wanted.remove) }))
}

export interface Imported {
  readonly version: number
  readonly added: number
  readonly problems: readonly LineProblem[]
  readonly bad: number
}

/** Reads a list into the draft; lines that cannot be used are named and left out. Throws `screening.too_many_words`. */
export async function importWords(options: ScreeningOptions, staffId: string, wanted: { readonly version: number, readonly text: string, readonly mode: 'merge' | 'replace' }): Promise<Imported> {
  try {
    const { entries, problems, bad } = await readWordFile(wanted.text.split(/\r?\n/))
    const version = await change(options, staffId, wanted.version, (document) => ({ ...document, entries: merged(wanted.mode === 'merge' ? document.entries : [], entries) }))
    return { version, added: entries.length, problems, bad }
  } catch (error) {
    if (error instanceof TooManyEntries) throw new ProjectError('screening.too_many_words', 413, { limit: mostEntries })
    throw error
  }
}

/** Replaces the hosts of links. Throws `screening.bad_words` for what is no host. */
export async function editHosts(options: ScreeningOptions, staffId: string, wanted: { readonly version: number, readonly hosts: readonly string[], readonly blockedHosts: readonly string[] }): Promise<number> {
  const bad = [...wanted.hosts, ...wanted.blockedHosts].flatMap((host, place) => (hostOf(host) === null || /[/@\s]/.test(host.trim()) ? [`${place + 1}: host`] : []))
  if (bad.length > 0) throw new ProjectError('screening.bad_words', 400, { places: bad.slice(0, 20) })
  return change(options, staffId, wanted.version, (document) => ({ ...document, hosts: wanted.hosts, blockedHosts: wanted.blockedHosts }))
}

/** Throws the draft away. Throws `screening.version_conflict`. */
export async function discardDraft(options: ScreeningOptions, staffId: string, version: number): Promise<void> {
  await options.database.transaction(async (work) => {
    await requireEditor(options, work, staffId)
    if ((await work.db.getRepository(wordDrafts).delete({ id: draftId, version })).affected !== 1) throw new ProjectError('screening.version_conflict', 409)
    await dropDocument(work.db, draftId)
    await options.approvals.withdrawUnder(work, wordsKey)
    await options.audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'words.draft-discarded', operation: 'marketing.strategy.edit', subjectKind: 'word-draft', subjectId: draftId, outcome: 'done' })
  })
}
