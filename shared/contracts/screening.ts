import { z } from 'zod'
import { disguises, entryKinds, hitCategories, hitReasons, severities, verdicts, wordCategories } from '../screening-words.ts'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'

/** The word lists of the screening (docs/screening.md). */

export const WordEntry = z.object({
  word: z.string().min(1).max(64), kind: z.enum(entryKinds), category: z.enum(wordCategories), disguises: z.array(z.enum(disguises)).max(4), note: z.string().max(100),
}).strict()

const Draft = z.object({ version: z.number().int().min(0) }).strict()
const Changed = z.object({ version: z.number().int() }).strict()
const view = needsOperation('marketing.strategy.view')
const edit = needsOperation('marketing.strategy.edit')
const operate = needsOperation('marketing.strategy.operate')
const Which = z.enum(['active', 'draft']).default('active')

export const listWords = contract({
  method: 'GET',
  path: '/api/screening/words',
  summary: 'Entries of the list in force or of the draft, in the order of their words.',
  needs: view,
  query: z.object({ list: Which, q: z.string().max(64).optional(), category: z.enum(wordCategories).optional(), after: z.string().max(64).optional(), limit: z.coerce.number().int().min(1).max(100).default(100) }).strict(),
  returns: z.object({ items: z.array(WordEntry), total: z.number().int(), next: z.string().nullable() }).strict(),
})

export const exportWords = contract({
  method: 'GET',
  path: '/api/screening/words/export',
  summary: 'The list in force or the draft as CSV.',
  needs: view,
  query: z.object({ list: Which }).strict(),
  returns: z.object({ text: z.string() }).strict(),
})

export const readWordDraft = contract({
  method: 'GET',
  path: '/api/screening/draft',
  summary: 'The draft: its version (0: nobody edits), the list it began with, how it differs from it, and the hosts of links.',
  needs: view,
  returns: z.object({ version: z.number().int(), base: z.number().int(), active: z.number().int(), entries: z.number().int(), added: z.number().int(), changed: z.number().int(), removed: z.number().int(), hosts: z.array(z.string()), blockedHosts: z.array(z.string()) }).strict(),
})

export const editWords = contract({
  method: 'PATCH',
  path: '/api/screening/draft/words',
  summary: 'Adds, changes and removes entries of the draft by their word.',
  needs: edit,
  body: Draft.extend({ set: z.array(WordEntry).max(500), remove: z.array(z.string().max(64)).max(500) }).strict(),
  returns: Changed,
  fails: ['screening.bad_words', 'screening.too_many_words', 'screening.version_conflict', 'request.invalid'],
})

export const importWordList = contract({
  method: 'POST',
  path: '/api/screening/draft/import',
  summary: 'Reads CSV or one word a line into the draft; a longer file comes in pieces, one after the other. Bad lines are named by number.',
  needs: edit,
  body: Draft.extend({ text: z.string().min(1).max(80_000), mode: z.enum(['merge', 'replace']) }).strict(),
  returns: Changed.extend({ added: z.number().int(), bad: z.number().int(), problems: z.array(z.object({ line: z.number().int(), problem: z.string() }).strict()) }).strict(),
  fails: ['screening.too_many_words', 'screening.version_conflict', 'request.invalid', 'request.too_large'],
})

export const editLinkHosts = contract({
  method: 'PUT',
  path: '/api/screening/draft/hosts',
  summary: 'Replaces the hosts that links may lead to and those that they must not.',
  needs: edit,
  body: Draft.extend({ hosts: z.array(z.string().min(1).max(253)).max(1000), blockedHosts: z.array(z.string().min(1).max(253)).max(5000) }).strict(),
  returns: Changed,
  fails: ['screening.bad_words', 'screening.version_conflict', 'request.invalid'],
})

export const discardWordDraft = contract({
  method: 'DELETE',
  path: '/api/screening/draft',
  summary: 'Throws the draft away.',
  needs: edit,
  query: z.object({ version: z.coerce.number().int().min(0) }).strict(),
  returns: z.object({ discarded: z.boolean() }).strict(),
  fails: ['screening.version_conflict'],
})

/** In force with this number, or waiting for a second person because it lets more through. */
const Published = z.object({ number: z.number().int().nullable(), approvalId: z.string().nullable() }).strict()

export const publishWords = contract({
  method: 'POST',
  path: '/api/screening/draft/publish',
  summary: 'Puts the draft in force in all processes, at once where it lets nothing more through, else when a second person agrees; WeCom\'s own rules follow.',
  needs: operate,
  body: Draft.extend({ note: z.string().trim().min(1).max(200) }).strict(),
  returns: Published,
  fails: ['screening.version_conflict', 'screening.nothing_changed', 'screening.base_changed', 'screening.too_many_words', 'approval.asked_otherwise', 'request.invalid'],
})

export const listWordVersions = contract({
  method: 'GET',
  path: '/api/screening/versions',
  summary: 'The latest hundred published lists, the newest first.',
  needs: view,
  returns: z.object({ items: z.array(z.object({ number: z.number().int(), kind: z.enum(['published', 'rollback']), restores: z.number().int().nullable(), note: z.string(), entries: z.number().int(), createdAt: Instant, createdBy: z.string().nullable() }).strict()) }).strict(),
})

export const restoreWordVersion = contract({
  method: 'POST',
  path: '/api/screening/versions/:number/restore',
  summary: 'Puts an earlier list in force again, in the same way; 0 is the starter list.',
  needs: operate,
  params: z.object({ number: z.coerce.number().int().min(0).max(1_000_000_000) }).strict(),
  body: z.object({ note: z.string().trim().min(1).max(200) }).strict(),
  returns: Published,
  fails: ['screening.version_not_found', 'screening.nothing_changed', 'screening.base_changed', 'approval.asked_otherwise', 'request.invalid'],
})

export const testScreening = contract({
  method: 'POST',
  path: '/api/screening/test',
  summary: 'Scans a text with the list in force or the draft and explains each finding; the text is not kept.',
  needs: view,
  body: z.object({ text: z.string().max(4000), list: Which }).strict(),
  returns: z.object({
    verdict: z.enum(verdicts),
    hits: z.array(z.object({ start: z.number().int(), end: z.number().int(), category: z.enum(hitCategories), severity: z.enum(severities), word: z.string(), reason: z.enum(hitReasons), proposal: z.string().nullable() }).strict()),
  }).strict(),
  fails: ['request.invalid'],
})

export const screeningContracts = [listWords, exportWords, readWordDraft, editWords, importWordList, editLinkHosts, discardWordDraft, publishWords, listWordVersions, restoreWordVersion, testScreening] as const
