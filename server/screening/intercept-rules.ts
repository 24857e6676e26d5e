import { IsNull } from 'typeorm'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { departments } from '../organization/index.ts'
import { interceptLimits, WecomError, type InterceptRule, type WecomClient } from '../wecom/index.ts'
import type { WordEntry } from './hits.ts'
import { documentOfVersion, latestVersion } from './word-lists.ts'

export interface InterceptWorkers {
  readonly database: Database
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'listInterceptRules' | 'getInterceptRule' | 'addInterceptRule' | 'updateInterceptRule' | 'deleteInterceptRule'>
}

const kind = 'screening.intercept-rules'
/** Rules of ours are known by their names; all others are left alone. */
const namePrefix = '内容质检词库'

/** WeCom's own rules are to follow the list in force, in the caller's transaction. */
export async function wantInterceptRules(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind, payload: {}, uniqueKey: kind, orderKey: kind, whileRunning: 'again', reviveParked: true })
}

/** What WeCom is to stop: words that block and fit its limits; phrases in which they are allowed are unknown there. */
export function wordsForWecom(entries: readonly WordEntry[]): string[] {
  return [...new Set(entries.filter((entry) => entry.kind === 'block' && [...entry.word].length <= interceptLimits.wordLength).map((entry) => entry.word))]
}

/** What must be done so that our rules hold exactly these words, as many as fit; rules that are right already are not touched. */
export interface InterceptPlan {
  readonly update: readonly { readonly id: string, readonly words: readonly string[] }[]
  readonly remove: readonly string[]
  readonly add: readonly { readonly name: string, readonly words: readonly string[] }[]
  readonly leftOut: number
}

/** `foreign` rules of other makers count against WeCom's limit. */
export function planRules(words: readonly string[], ours: readonly InterceptRule[], foreign: number): InterceptPlan {
  const missing = new Set(words)
  const kept = ours.map((rule) => ({ rule, words: rule.words.filter((word) => missing.delete(word)) }))
  const rest = [...missing]
  // Rules that lost all their words take new ones before another rule is made.
  for (const { words: held } of kept) held.push(...rest.splice(0, interceptLimits.words - held.length))
  const taken = new Set(ours.map((rule) => rule.name))
  const remaining = kept.filter((one) => one.words.length > 0).length
  const add: { name: string, words: string[] }[] = []
  for (let number = 1; rest.length > 0 && foreign + remaining + add.length < interceptLimits.rules; number += 1) {
    const name = `${namePrefix}${number}`
    if (!taken.has(name)) add.push({ name, words: rest.splice(0, interceptLimits.words) })
  }
  return {
    update: kept.filter(({ rule, words: held }) => held.length > 0 && (!rule.blocks || held.length !== rule.words.length || held.some((word) => !rule.words.includes(word)))).map(({ rule, words: held }) => ({ id: rule.id, words: held })),
    remove: kept.filter((one) => one.words.length === 0).map((one) => one.rule.id), add, leftOut: rest.length,
  }
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof WecomError && error.kind === 'gone') return null
    throw error
  }
}

/**
 * Reads what WeCom has, compares and changes the difference. Because every run begins with reading, a run after a crash finds what the one
 * before did: no rule is made twice and none is forgotten.
 */
async function keepInStep({ database, audit, wecom }: InterceptWorkers): Promise<(work: UnitOfWork) => Promise<void>> {
  const { db } = database
  const number = (await latestVersion(db))?.number ?? 0
  const words = wordsForWecom((await documentOfVersion(db, number)).entries)
  const listed = await wecom.listInterceptRules()
  const ours: InterceptRule[] = []
  for (const { id, name } of listed) {
    const rule = name.startsWith(namePrefix) ? await unlessGone(() => wecom.getInterceptRule(id)) : null
    if (rule !== null) ours.push(rule)
  }
  const roots = await db.getRepository(departments).findBy({ parentId: IsNull(), deletedAt: IsNull() })
  const departmentIds = roots.length === 0 ? [1] : roots.map((root) => root.id)
  const plan = planRules(words, ours.sort((one, other) => (one.name < other.name ? -1 : 1)), listed.filter((rule) => !rule.name.startsWith(namePrefix)).length)
  // Room first, so that a company at WeCom's limit is not refused what will fit.
  for (const id of plan.remove) await unlessGone(() => wecom.deleteInterceptRule(id))
  for (const { id, words: held } of plan.update) await wecom.updateInterceptRule(id, held)
  for (const rule of plan.add) await wecom.addInterceptRule({ ...rule, departmentIds })
  return async (work) => {
    if (plan.remove.length + plan.update.length + plan.add.length === 0) return
    await audit.record(work.db, {
      actorKind: 'system', action: 'words.pushed', subjectKind: 'word-version', subjectId: null, outcome: 'done',
      details: { number, words: words.length, added: plan.add.length, updated: plan.update.length, removed: plan.remove.length, leftOut: plan.leftOut },
    })
  }
}

/** What happens after a commit. */
export function screeningEffects(workers: InterceptWorkers): [string, OutboxHandler][] {
  return [[kind, { repeat: 'read-back', run: () => keepInStep(workers) }]]
}
