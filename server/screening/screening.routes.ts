import { In } from 'typeorm'
import { discardWordDraft, editLinkHosts, editWords, exportWords, importWordList, listWords, listWordVersions, publishWords, readWordDraft, restoreWordVersion, testScreening } from '#shared/contracts/screening'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import { discardDraft, editEntries, editHosts, importWords, readDraft } from './edit-draft.ts'
import type { WordEntry } from './hits.ts'
import { publishDraft, restoreVersion } from './publish-words.ts'
import { scan } from './scan.ts'
import { createScreener } from './screener.ts'
import { writeWordFile } from './word-file.ts'
import { wordVersions } from './word-list.entity.ts'
import { documentOfVersion, latestVersion, type Screenings } from './word-lists.ts'

const byWord = (one: WordEntry, other: WordEntry): number => (one.word < other.word ? -1 : one.word > other.word ? 1 : 0)
const shown = ({ word, kind, category, disguises, note }: WordEntry) => ({ word, kind, category, disguises: [...disguises], note })

/** Word lists know no customer; they are open by operation alone. */
export function screeningRoutes(screenings: Screenings): Route[] {
  const { db } = screenings.database
  const documentOf = async (list: 'active' | 'draft') => (list === 'draft' ? (await readDraft(screenings)).document : documentOfVersion(db, (await latestVersion(db))?.number ?? 0))
  return [
    route(listWords, async ({ query }, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const { q, category, after, limit } = query
      const fitting = [...(await documentOf(query.list)).entries].filter((entry) => (q === undefined || entry.word.includes(q)) && (category === undefined || entry.category === category)).sort(byWord)
      const rest = after === undefined ? fitting : fitting.filter((entry) => entry.word > after)
      const items = rest.slice(0, limit).map(shown)
      return { items, total: fitting.length, next: rest.length > limit ? items.at(-1)?.word ?? null : null }
    }),
    route(exportWords, async ({ query }, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      return { text: [...writeWordFile((await documentOf(query.list)).entries)].join('\n') }
    }),
    route(readWordDraft, async (_, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const { row, document, baseNumber } = await readDraft(screenings)
      const before = new Map((await documentOfVersion(db, baseNumber)).entries.map((entry) => [entry.word, JSON.stringify(shown(entry))]))
      const now = new Map(document.entries.map((entry) => [entry.word, JSON.stringify(shown(entry))]))
      const count = (test: (word: string) => boolean, words: Iterable<string>) => [...words].filter(test).length
      return {
        version: row?.version ?? 0, base: baseNumber, active: (await latestVersion(db))?.number ?? 0, entries: document.entries.length,
        added: count((word) => !before.has(word), now.keys()), changed: count((word) => before.has(word) && before.get(word) !== now.get(word), now.keys()), removed: count((word) => !now.has(word), before.keys()),
        hosts: [...document.hosts], blockedHosts: [...document.blockedHosts],
      }
    }),
    route(editWords, async ({ body }, { actor }) => ({ version: await editEntries(screenings, actor.staffId, body) })),
    route(importWordList, async ({ body }, { actor }) => {
      const { version, added, problems, bad } = await importWords(screenings, actor.staffId, body)
      return { version, added, bad, problems: [...problems] }
    }),
    route(editLinkHosts, async ({ body }, { actor }) => ({ version: await editHosts(screenings, actor.staffId, body) })),
    route(discardWordDraft, async ({ query }, { actor }) => {
      await discardDraft(screenings, actor.staffId, query.version)
      return { discarded: true }
    }),
    route(publishWords, ({ body }, { actor }) => publishDraft(screenings, actor.staffId, body)),
    route(listWordVersions, async (_, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const rows = await db.getRepository(wordVersions).find({ order: { number: 'DESC' }, take: 100 })
      const people = new Map((rows.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In(rows.map((row) => row.createdBy)) })).map((person) => [person.id, person.name]))
      return { items: rows.map(({ number, kind, restores, note, entries, createdAt, createdBy }) => ({ number, kind, restores, note, entries, createdAt, createdBy: people.get(createdBy) ?? null })) }
    }),
    route(restoreWordVersion, ({ params, body }, { actor }) => restoreVersion(screenings, actor.staffId, { number: params.number, note: body.note })),
    route(testScreening, async ({ body }, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const screener = body.list === 'active' ? (await screenings.inForce()).screener : createScreener((await readDraft(screenings)).document)
      const { verdict, hits } = scan(screener, body.text)
      return { verdict, hits: [...hits] }
    }),
  ]
}
