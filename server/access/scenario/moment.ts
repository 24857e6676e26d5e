import { customerFieldNames, type Decision, type Explanation } from '#shared/access/index'
import type { Database } from '../../database/database.ts'
import { present } from '../../errors.ts'
import { createAccess, type Access } from '../access-service.ts'
import type { ActorAccess } from '../actor-access.ts'
import { loadFacts, type CustomerFacts } from '../facts.ts'
import type { FieldSet } from '../fields.ts'
import { assignRole } from '../template-rules.ts'
import { fieldRule } from '../units.ts'
import type { Company } from './company.ts'
import { explained, merged, reasonOf, type Engines, type Target } from './engines.ts'
import type { Asked, Question } from './questions.ts'
import { totalsDecided, totalsSelected } from './totals.ts'

/** What was expected and what both executions said, in words. */
export interface Answer {
  readonly expected: string
  readonly decide: string
  readonly rowFilter: string
  readonly reason: string
}

type Of<F extends Question['form']> = Extract<Question, { readonly form: F }>

const allowed = (yes: boolean) => (yes ? 'allow' : 'deny')
const listed = (items: Iterable<string>) => [...items].sort().join(', ') || 'nobody'
const notAsked = '–'

/** Asks questions of one instant. The company is in the database; its actors come from the real loaders. */
export class Moment {
  readonly #database: Database
  readonly #company: Company
  readonly #engines: Engines
  readonly #access: Access
  readonly #facts: ReadonlyMap<string, CustomerFacts>
  readonly #actors = new Map<string, Promise<ActorAccess>>()
  readonly #selected = new Map<string, Promise<ReadonlySet<string>>>()
  readonly #staffNames: ReadonlyMap<string, string>

  private constructor(database: Database, company: Company, engines: Engines, access: Access, facts: ReadonlyMap<string, CustomerFacts>) {
    this.#database = database
    this.#company = company
    this.#engines = engines
    this.#access = access
    this.#facts = facts
    this.#staffNames = new Map(company.staff.map((one) => [one.id, one.name]))
  }

  static async open(database: Database, company: Company, at: number, engines: Engines): Promise<Moment> {
    const access = createAccess({ database, clock: () => at, log: { warn: () => undefined } })
    return new Moment(database, company, engines, access, await loadFacts(database.db, company.customers.map((one) => one.id)))
  }

  /** Null when both executions give the expected answer. */
  answer(question: Question): Promise<Answer | null> {
    switch (question.form) {
      case 'may': return this.#may(question)
      case 'sees': return this.#sees(question)
      case 'who': return this.#who(question)
      case 'shows': return this.#shows(question)
      case 'writes': return this.#writes(question)
      case 'totals': return this.#totals(question)
      case 'hired': return Promise.resolve(this.#hired(question))
    }
  }

  /** What somebody can reach, as decided in memory: customers or things by name. */
  async reached(asked: Asked): Promise<string[]> {
    const targets = asked.over === 'things' ? this.#company.things : this.#company.customers
    const found = await Promise.all(targets.map(async ({ id }) => ({ id, ...await this.#decision(asked, id) })))
    return found.filter((one) => one.decision.allowed).map((one) => one.id)
  }

  async holds(asked: Asked): Promise<boolean> {
    return (await this.#decision(asked, null)).decision.allowed
  }

  async fieldsOf(staffId: string, customerId: string): Promise<FieldSet> {
    return this.#engines.fields(await this.#actor(staffId), this.#factsOf(customerId), {})
  }

  async #may({ asked, target, expect, because }: Of<'may'>): Promise<Answer | null> {
    const found = await this.#decision(asked, target)
    const given = because.length === 0 || because.some((wanted) => found.decision.because.some((id) => id.startsWith(wanted)))
    if (found.agree && found.decision.allowed === expect && given) return null
    return {
      expected: `${allowed(expect)}${because.length === 0 ? '' : ` because of ${because.join(' or ')}`}`,
      decide: allowed(found.decision.allowed), rowFilter: found.selected === null ? notAsked : allowed(found.selected), reason: reasonOf(found.decision),
    }
  }

  async #sees({ asked, expect }: Of<'sees'>): Promise<Answer | null> {
    const targets = asked.over === 'things' ? this.#company.things : this.#company.customers
    const found = await Promise.all(targets.map(async ({ id }) => [id, await this.#decision(asked, id)] as const))
    return this.#lists(found, expect, (id) => id)
  }

  async #who({ asked, target, expect }: Of<'who'>): Promise<Answer | null> {
    const found = await Promise.all(this.#company.staff.map(async ({ id }) => [id, await this.#decision({ ...asked, staffId: id }, target)] as const))
    return this.#lists(found, expect, (id) => this.#staffNames.get(id) ?? id)
  }

  #lists(found: readonly (readonly [string, Found])[], expect: readonly string[], nameOf: (id: string) => string): Answer | null {
    const wanted = new Set(expect)
    const wrong = found.filter(([id, { decision, agree }]) => !agree || decision.allowed !== wanted.has(id))
    if (wrong.length === 0) return null
    const those = (which: (one: Found) => boolean) => listed(found.filter(([, one]) => which(one)).map(([id]) => nameOf(id)))
    return {
      expected: listed(expect.map(nameOf)), decide: those((one) => one.decision.allowed), rowFilter: found.every(([, one]) => one.selected === null) ? notAsked : those((one) => one.selected === true),
      reason: wrong.slice(0, 3).map(([id, one]) => `${nameOf(id)}: ${reasonOf(one.decision)}`).join('; '),
    }
  }

  async #shows({ staffId, customerId, field, context, expect }: Of<'shows'>): Promise<Answer | null> {
    const actor = await this.#actor(staffId)
    const shown = this.#engines.fields(actor, this.#factsOf(customerId), context).presentation(field)
    // The filter of a field knows no campaign or category, and leaves out totals of which only a part may be seen.
    const narrowed = context.campaign !== undefined || context.templateCategory !== undefined
    const clear = narrowed ? null : (await this.#once(`clear ${staffId} ${field}`, () => this.#engines.selectClear(this.#database.db, actor, field))).has(customerId)
    const agree = clear === null || clear === (shown === 'clear') || (!clear && fieldRule(field).overRecords === true)
    if (agree && shown === expect) return null
    return { expected: expect, decide: shown, rowFilter: clear === null ? notAsked : clear ? 'clear' : 'not clear', reason: '' }
  }

  async #writes({ staffId, customerId, context, expect }: Of<'writes'>): Promise<Answer | null> {
    const actor = await this.#actor(staffId)
    const written = [...this.#engines.fields(actor, this.#factsOf(customerId), context).writable]
    const reached: string[] = []
    for (const field of customerFieldNames) {
      const operation = fieldRule(field).writtenBy
      if (operation !== undefined && (await this.#select({ staffId, operation, over: 'customers', madeIn: null, context })).has(customerId)) reached.push(field)
    }
    if (listed(written) === listed(expect) && written.every((field) => reached.includes(field))) return null
    return { expected: listed(expect), decide: listed(written), rowFilter: listed(reached), reason: '' }
  }

  async #totals({ staffId, customerId, context, expect }: Of<'totals'>): Promise<Answer | null> {
    const actor = await this.#actor(staffId)
    const customer = present(this.#company.customers.find((one) => one.id === customerId), 'a customer of the file')
    const decided = totalsDecided(actor, customer, this.#factsOf(customerId), context)
    const selected = await totalsSelected(this.#database.db, actor, customerId, context)
    const words = (totals: Readonly<Record<string, number | undefined>>) => Object.keys(expect).map((name) => `${name} ${totals[name] ?? 0}`).join(', ')
    if (words(decided) === words(expect) && words(selected) === words(expect)) return null
    return { expected: words(expect), decide: words(decided), rowFilter: words(selected), reason: '' }
  }

  #hired({ departments, position, leader, expect }: Of<'hired'>): Answer | null {
    const role = assignRole(this.#company.templateRules, { position, leader, departments: this.#company.departments.filter((one) => departments.includes(one.name)) })
    return role === expect ? null : { expected: expect, decide: role, rowFilter: notAsked, reason: '' }
  }

  async #decision(asked: Asked, target: string | null): Promise<Found> {
    const actor = await this.#actor(asked.staffId)
    const what = this.#target(asked, target)
    const decision = this.#engines.decide(actor, asked, what)
    const selected = target === null ? null : (await this.#select(asked)).has(target)
    // A list of things is filtered before it is known to which campaign or category each belongs: it may hold less.
    const mayHoldLess = what.kind === 'thing' && Object.values(merged(what.thing.context, asked.context)).some((one) => one !== undefined)
    const agree = selected === null || selected === decision.allowed || (mayHoldLess && !selected)
    return { decision: explained(actor, asked, what, decision), selected, agree }
  }

  #target({ over }: Asked, id: string | null): Target {
    if (id === null) return { kind: 'nothing' }
    return over === 'things' ? { kind: 'thing', thing: present(this.#company.things.find((one) => one.id === id), 'a thing of the file') } : { kind: 'customer', facts: this.#factsOf(id) }
  }

  #select(asked: Asked): Promise<ReadonlySet<string>> {
    const { staffId, operation, over, madeIn, context } = asked
    return this.#once(JSON.stringify([staffId, operation, over, madeIn, context.campaign, context.templateCategory]), async () =>
      this.#engines.select(this.#database.db, await this.#actor(staffId), asked))
  }

  #once(key: string, select: () => Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> {
    const known = this.#selected.get(key) ?? select()
    this.#selected.set(key, known)
    return known
  }

  #actor(staffId: string): Promise<ActorAccess> {
    const known = this.#actors.get(staffId) ?? this.#access.actorFor(staffId)
    this.#actors.set(staffId, known)
    return known
  }

  #factsOf(customerId: string): CustomerFacts {
    return present(this.#facts.get(customerId), 'the facts of a customer of the file')
  }
}

interface Found {
  readonly decision: Decision | Explanation
  /** What the database says; null where it cannot be asked. */
  readonly selected: boolean | null
  readonly agree: boolean
}
