import type { EntityManager } from 'typeorm'
import { Invariant, present } from '../errors.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { createAccessClock, type AccessClock } from './access-clock.ts'
import { commitUnderRules, raiseEpoch, readMarks, storeClock } from './access-state.ts'
import { ActorAccess } from './actor-access.ts'
import { activeStaffIds, loadCompanyPolicy, loadPolicyInput, loadPolicyInputs, type CompanyPolicy, type PolicyProblem } from './company-policy.ts'
import { compilePolicy } from './compile.ts'
import { loadFacts } from './facts.ts'
import type { Policy, PolicyInput } from './policy.ts'
import { BoundedCache } from './bounded-cache.ts'
import { explainPerson, type PersonExplanation, type PersonQuestion } from './explain-person.ts'
import { whoAmong, type ReverseQuestion, type WhoMay } from './who-may.ts'

export interface AccessLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface AccessOptions {
  readonly database: Database
  /** The machine's wall clock, Unix ms. */
  readonly clock: () => number
  readonly log: AccessLog
  /** How many compiled policies to keep; 2000 by default. */
  readonly keptPolicies?: number
}

/** Where a page of people begins and how long it is. */
export interface PeoplePage {
  /** The last person of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface Access {
  /**
   * What this person may do now. Reads the epoch from the primary each time; unknown or inactive staff may do nothing.
   * Inside a transaction hand in its `work.db`: the answer then holds what the transaction has changed so far.
   */
  actorFor(staffId: string, within?: EntityManager): Promise<ActorAccess>
  /**
   * The same for many people, all of them at one epoch; for work that asks about thousands. Nothing of it is kept: hand in so many
   * at once as may be held in memory.
   */
  actorsFor(staffIds: readonly string[], within?: EntityManager): Promise<Map<string, ActorAccess>>
  /** To be called in the transaction of every change of policy, staff or tree. */
  raiseEpoch(work: UnitOfWork): Promise<void>
  readEpoch(db?: EntityManager): Promise<number>
  /**
   * The reverse question: everybody who may do this with this customer now, or sees this field of him, in the order of their
   * ids; nobody for an unknown customer. Of a page, the first `limit` people after `after`.
   */
  whoMay(question: ReverseQuestion, customerId: string, page?: PeoplePage): Promise<WhoMay[]>
  /** Why this person may or may not, and what would let him; the caller checks who may ask about whom. */
  explain(staffId: string, question: Omit<PersonQuestion, 'now'>): Promise<PersonExplanation>
  /** The clock of all access; use it wherever a right is compared with time. */
  readonly clock: AccessClock
  /** Rules that could not be read at the latest compile. */
  problems(): readonly PolicyProblem[]
}

interface Kept<T> {
  readonly epoch: number
  readonly value: T
}

/** The engine over one database. Policies are compiled per person and kept for one epoch; facts are never kept. */
export function createAccess(options: AccessOptions): Access {
  return new AccessService(options)
}

const attempts = 20
/** As many as are compiled without letting other requests in between. */
const peopleAtOnce = 250

class AccessService implements Access {
  readonly clock: AccessClock
  readonly #database: Database
  readonly #log: AccessLog
  readonly #policies: BoundedCache<string, Kept<Policy>>
  #company: Kept<CompanyPolicy> | null = null

  constructor(options: AccessOptions) {
    this.#database = options.database
    this.#log = options.log
    this.#policies = new BoundedCache(options.keptPolicies ?? 2000)
    this.clock = createAccessClock({ clock: options.clock, store: (now) => storeClock(options.database.db, now) })
  }

  async actorFor(staffId: string, within?: EntityManager): Promise<ActorAccess> {
    const { policy, epoch } = within === undefined ? await this.#policyFor(staffId) : await this.#policyWithin(staffId, within)
    if (within === undefined) await this.#keepClock()
    return new ActorAccess(policy, { epoch, now: this.clock.now(), dialect: this.#database.kind === 'sqlite' ? 'sqlite' : 'mysql' })
  }

  async actorsFor(staffIds: readonly string[], within?: EntityManager): Promise<Map<string, ActorAccess>> {
    const { inputs, epoch } = await this.#inputsFor(staffIds, within)
    if (within === undefined) await this.#keepClock()
    else if (this.#database.kind !== 'sqlite') commitUnderRules(within, epoch)
    const moment = { epoch, now: this.clock.now(), dialect: this.#database.kind === 'sqlite' ? 'sqlite' : 'mysql' } as const
    return new Map([...inputs].map(([staffId, input]) => [staffId, new ActorAccess(compilePolicy(input), moment)]))
  }

  raiseEpoch(work: UnitOfWork): Promise<void> {
    return raiseEpoch(work)
  }

  /** A mark that cannot be stored now is stored a second later; in memory it counts already. */
  async #keepClock(): Promise<void> {
    try {
      await this.clock.keep()
    } catch (error) {
      this.#log.warn({ error }, 'the clock mark could not be stored')
    }
  }

  async readEpoch(db: EntityManager = this.#database.db): Promise<number> {
    const marks = await readMarks(db)
    this.clock.learn(marks.clock)
    return marks.epoch
  }

  async whoMay(question: ReverseQuestion, customerId: string, page: PeoplePage = { limit: Number.POSITIVE_INFINITY }): Promise<WhoMay[]> {
    const found: WhoMay[] = []
    const facts = (await loadFacts(this.#database.db, [customerId])).get(customerId)
    if (facts === undefined) return found
    const { after = '', limit } = page
    const people = (await activeStaffIds(this.#database.db)).filter((staffId) => staffId > after)
    for (let start = 0; start < people.length && found.length < limit; start += peopleAtOnce) {
      const { inputs } = await this.#inputsFor(people.slice(start, start + peopleAtOnce))
      found.push(...whoAmong(inputs.values(), question, facts, this.clock.now()))
    }
    return Number.isFinite(limit) ? found.slice(0, limit) : found
  }

  async explain(staffId: string, question: Omit<PersonQuestion, 'now'>): Promise<PersonExplanation> {
    const { inputs, company } = await this.#inputsFor([staffId])
    return explainPerson(present(inputs.get(staffId), 'what is known about the person asked for'), company, { ...question, now: this.clock.now() })
  }

  /** What is known about these people, all of it at one epoch; inside a transaction with what it has changed so far, of which nothing is kept. */
  async #inputsFor(staffIds: readonly string[], within?: EntityManager): Promise<{ readonly inputs: ReadonlyMap<string, PolicyInput>, readonly company: CompanyPolicy, readonly epoch: number }> {
    const db = within ?? this.#database.db
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const epoch = await this.readEpoch(db)
      const company = within === undefined ? await this.#companyAt(epoch) : await loadCompanyPolicy(within)
      const inputs = await loadPolicyInputs(db, company, staffIds)
      if (await this.readEpoch(db) !== epoch) continue
      if (within === undefined) this.#keepCompany(epoch, company)
      return { inputs, company, epoch }
    }
    throw new Invariant('the rules changed too often to be read')
  }

  problems(): readonly PolicyProblem[] {
    return this.#company?.value.problems ?? []
  }

  /**
   * A policy put together from rows of two epochs might be wider than either, so the epoch is read before and after;
   * when it moved, everything is read again.
   */
  async #policyFor(staffId: string): Promise<{ readonly policy: Policy, readonly epoch: number }> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const epoch = await this.readEpoch()
      const kept = this.#policies.get(staffId)
      if (kept?.epoch === epoch) return { policy: kept.value, epoch }
      const company = await this.#companyAt(epoch)
      const policy = compilePolicy(await loadPolicyInput(this.#database.db, company, staffId))
      if (await this.readEpoch() !== epoch) continue
      this.#keepCompany(epoch, company)
      this.#policies.set(staffId, { epoch, value: policy })
      return { policy, epoch }
    }
    throw new Invariant('the rules changed too often to be read')
  }

  /** Nothing of an open transaction is kept: it may be rolled back, and its epoch given to another change. */
  async #policyWithin(staffId: string, db: EntityManager): Promise<{ readonly policy: Policy, readonly epoch: number }> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const epoch = await this.readEpoch(db)
      const policy = compilePolicy(await loadPolicyInput(db, await loadCompanyPolicy(db), staffId))
      if (await this.readEpoch(db) !== epoch) continue
      if (this.#database.kind !== 'sqlite') commitUnderRules(db, epoch)
      return { policy, epoch }
    }
    throw new Invariant('the rules changed too often to be read')
  }

  async #companyAt(epoch: number): Promise<CompanyPolicy> {
    if (this.#company?.epoch === epoch) return this.#company.value
    return loadCompanyPolicy(this.#database.db)
  }

  #keepCompany(epoch: number, company: CompanyPolicy): void {
    if (this.#company?.epoch === epoch) return
    this.#company = { epoch, value: company }
    for (const problem of company.problems) {
      this.#log.warn({ problem: problem.kind, id: problem.id, epoch }, 'a rule cannot be read: a role like this gives nothing, a restriction takes everything')
    }
  }
}
