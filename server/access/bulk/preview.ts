import type { EntityManager } from 'typeorm'
import type { CompanyPolicy } from '../company-policy.ts'
import { compilePolicy } from '../compile.ts'
import { GroupAnswers } from './answers.ts'
import { changesBetween, type Change } from './changes.ts'
import { loadCustomerColumns, type CustomerColumns, type NeededFacts } from './customer-columns.ts'
import { compareGroup, type Effect, type Universes } from './compare-group.ts'
import { PolicyFormulas } from './formula.ts'
import { groupPeople, type PeopleGroup, type RulesToCompare } from './group-people.ts'
import { createPause, type Pause } from './pause.ts'
import { companyUniverse, customerUniverse, resourceUniverse, type Universe } from './universe.ts'
import { Totals, type TotalEffect } from './totals.ts'

export interface PreviewQuestion extends RulesToCompare {
  readonly now: number
  /** How many people to name. */
  readonly most: number
  /** 0 to 1, now and then. */
  readonly onProgress?: ((part: number) => Promise<void>) | undefined
}

export interface PersonEffects {
  readonly staffId: string
  readonly effects: readonly Effect[]
}

export interface PreviewFigures {
  readonly customers: number
  readonly staff: number
  readonly staffGaining: number
  readonly staffLosing: number
  readonly totals: readonly TotalEffect[]
  /** Those for whom most changes, with examples; gains before losses. */
  readonly people: readonly PersonEffects[]
  readonly peopleLeftOut: number
}

/**
 * Who gains and loses what when one set of rules takes the place of another, over all people and customers, as `decide`,
 * `decideResource` and `fieldsFor` would answer for each of them without a context. Works in short steps and lets requests in
 * between; what people and customers change meanwhile may or may not be in it.
 */
export async function previewChange(db: EntityManager, question: PreviewQuestion): Promise<PreviewFigures> {
  const pause = createPause()
  const { groups, staff } = await groupPeople(db, question, pause)
  const columns = await loadCustomerColumns(db, neededFacts([question.before, question.after], groups), pause)
  await question.onProgress?.(0.5)
  const universes = { customers: customerUniverse(columns), resources: resourceUniverse(question.before.tree.living()), company: companyUniverse }
  const work = { columns, universes, now: question.now, pause, changes: new Map<string, Change[][]>() }
  const totals = new Totals()
  for (const [place, group] of groups.entries()) {
    await effectsOf(work, group, 0, (staffId, effects) => totals.add(staffId, place, effects))
    if (place % 50 === 49) await question.onProgress?.(0.5 + 0.5 * (place / groups.length))
  }
  const named = totals.most(question.most)
  return {
    customers: columns.size, staff,
    staffGaining: totals.staffGaining, staffLosing: totals.staffLosing, totals: totals.effects(),
    people: await namedPeople(work, groups, named),
    peopleLeftOut: totals.people - named.length,
  }
}

interface Work {
  readonly columns: CustomerColumns
  readonly universes: Universes
  readonly now: number
  readonly pause: Pause
  /** By the groups' `rulesKey`. */
  readonly changes: Map<string, Change[][]>
}

async function effectsOf(work: Work, group: PeopleGroup, examples: number, take: (staffId: string, effects: readonly Effect[]) => void): Promise<void> {
  const { columns, universes, now, pause } = work
  const policies = [compilePolicy(group.before), compilePolicy(group.after)] as const
  const changes = work.changes.get(group.rulesKey) ?? changesBetween(new PolicyFormulas(policies[0], now), new PolicyFormulas(policies[1], now))
  work.changes.set(group.rulesKey, changes)
  if (changes.length > 0) {
    const own = new Map(policies.flatMap((policy) => policy.atoms.map((atom) => [atom.key, atom] as const)))
    const answers = (universe: Universe) => new GroupAnswers(universe, (atom) => own.get(atom.key) ?? atom)
    await compareGroup({
      changes, universes, staffIds: group.staffIds, columns, examples, pause,
      answers: { customers: answers(universes.customers), resources: answers(universes.resources), company: answers(universes.company) },
    }, take)
  }
  await pause()
}

/** Asked a second time, with examples, for the few who are named. */
async function namedPeople(work: Work, groups: readonly PeopleGroup[], named: readonly { readonly staffId: string, readonly group: number }[]): Promise<PersonEffects[]> {
  const wanted = new Set(named.map((one) => one.staffId))
  const effects = new Map<string, readonly Effect[]>()
  for (const place of new Set(named.map((one) => one.group))) {
    const group = groups[place]
    if (group === undefined) continue
    const some = { ...group, staffIds: group.staffIds.filter((staffId) => wanted.has(staffId)) }
    await effectsOf(work, some, 5, (staffId, found) => effects.set(staffId, found))
  }
  return named.map(({ staffId }) => ({ staffId, effects: effects.get(staffId) ?? [] }))
}

/** Facts that no rule asks about are not read. */
function neededFacts(companies: readonly CompanyPolicy[], groups: readonly PeopleGroup[]): NeededFacts {
  const kinds = new Set<string>()
  const see = (conditions: readonly { readonly kind: string }[]) => {
    for (const condition of conditions) kinds.add(condition.kind)
  }
  for (const company of companies) {
    for (const { restriction } of company.restrictions) see(restriction?.conditions ?? [])
  }
  for (const group of groups) {
    for (const { grant } of [...group.before.grants, ...group.after.grants]) see(grant.conditions)
  }
  return { tags: kinds.has('tags'), tagGroups: kinds.has('tagGroups'), tasks: kinds.has('openTask'), nodes: kinds.has('journeyNode'), spend: kinds.has('spend') }
}
