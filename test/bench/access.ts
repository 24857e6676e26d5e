import { deepStrictEqual, strictEqual } from 'node:assert'
import { customerFieldNames, isCustomerBound, unitOperations, type Operation } from '#shared/access/index'
import { compilePolicy } from '../../server/access/compile.ts'
import { allows, decide, prepare, type Situation } from '../../server/access/decide.ts'
import { explain } from '../../server/access/explain.ts'
import type { CustomerFacts } from '../../server/access/facts.ts'
import { fieldsFor } from '../../server/access/fields.ts'
import type { Policy } from '../../server/access/policy.ts'
import { CaslPerson, type Subject } from './access/casl.ts'
import { benchCompany, type BenchCompany } from './access/company.ts'
import { Random } from './access/random.ts'

const customers = 2000
const pairsAsked = 100_000
const rounds = 15
const now = 1_800_000_000_000

/** Operations that are asked about a customer; both engines answer all. */
const asked: readonly Operation[] = unitOperations.filter((operation) => !operation.startsWith('marketing.strategy'))

/** Pairs of a customer and an operation, as each engine wants them: one list for each part, so that a loop reads only what it uses. */
interface Pairs {
  readonly operations: readonly Operation[]
  readonly facts: readonly CustomerFacts[]
  readonly situations: readonly Situation[]
  readonly documents: readonly Subject[]
  /** What CASL says of the profile, where the operation needs it too: found out before the clock starts. */
  readonly open: readonly boolean[]
}

/**
 * Single decisions, explanations and field sets of one person with 53 grants over 100,000 random pairs of customer and operation, and the
 * same from @casl/ability. Both engines must agree on every pair and every field before anything is measured. Rounds alternate, the best of
 * each counts, so that other work on the machine meets both alike.
 */
export async function bench(): Promise<Record<string, number>> {
  const company = benchCompany(customers)
  const policy = compilePolicy(company.measured)
  const casl = new CaslPerson(company, company.measured)
  const pairs = randomPairs(company, policy, casl, pairsAsked)
  const allowed = agree(policy, casl, pairs)
  console.log(`${policy.grants.length} of 200 grants, ${policy.atoms.length} statements about a customer, ${company.departments.length} departments`)
  console.log(`${pairsAsked} pairs agree, ${Math.round(allowed / pairsAsked * 100)} % allowed`)
  const nanos = measure(tasksOf(policy, casl), pairs, randomPairs(company, policy, casl, pairsAsked / 10))
  const firstFieldSet = firstFieldSetNanos(company)
  const rounded = (value: number) => Math.round(value * 10) / 10
  return {
    ratio: rounded(nanos.caslDecision / nanos.decision),
    ratioSingle: rounded(nanos.caslSingle / nanos.single),
    ratioWithGrants: rounded(nanos.caslDecision / nanos.withGrants),
    ratioWithReasons: rounded(nanos.caslDecision / nanos.withReasons),
    fieldSetRatio: rounded(nanos.caslFieldSet / nanos.fieldSet),
    firstFieldSetRatio: rounded(nanos.caslFieldSet / firstFieldSet),
    decisionNanos: rounded(nanos.decision),
    withGrantsNanos: rounded(nanos.withGrants),
    withReasonsNanos: rounded(nanos.withReasons),
    singleNanos: rounded(nanos.single),
    fieldSetNanos: rounded(nanos.fieldSet),
    firstFieldSetNanos: rounded(firstFieldSet),
    caslDecisionNanos: rounded(nanos.caslDecision),
    caslSingleNanos: rounded(nanos.caslSingle),
    caslFieldSetNanos: rounded(nanos.caslFieldSet),
    decisionsPerSecond: Math.round(1e9 / nanos.decision),
    caslDecisionsPerSecond: Math.round(1e9 / nanos.caslDecision),
    compileMicros: rounded(compileMicros(company)),
  }
}

function randomPairs(company: BenchCompany, policy: Policy, casl: CaslPerson, count: number): Pairs {
  const random = new Random(11)
  const prepared = company.customers.map((facts) => {
    const document = casl.document(facts)
    return { facts, situation: prepare(policy, facts), document, visible: casl.ability.can('customer.profile.view', document) }
  })
  const chosen = Array.from({ length: count }, () => ({ ...random.one(prepared), operation: random.one(asked) }))
  return {
    operations: chosen.map((one) => one.operation),
    facts: chosen.map((one) => one.facts),
    situations: chosen.map((one) => one.situation),
    documents: chosen.map((one) => one.document),
    open: chosen.map((one) => one.visible || !isCustomerBound(one.operation)),
  }
}

/** Throws at the first pair, or field, on which the engines differ. Returns how many pairs are allowed. */
function agree(policy: Policy, casl: CaslPerson, { operations, situations, documents, open }: Pairs): number {
  let allowed = 0
  const met = new Set<Situation>()
  for (const [at, situation] of situations.entries()) {
    const operation = operations[at]
    const document = documents[at]
    if (operation === undefined || document === undefined) throw new Error('no pair')
    const ours = allows(policy, operation, situation, now)
    strictEqual(ours, open[at] === true && casl.ability.can(operation, document), `${situation.facts.customerId} ${operation}`)
    strictEqual(ours, decide(policy, operation, situation, now).allowed)
    strictEqual(ours, explain(policy, operation, situation, now).allowed)
    if (ours) allowed += 1
    if (!met.has(situation)) agreeOnFields(policy, casl, situation, document)
    met.add(situation)
  }
  return allowed
}

function agreeOnFields(policy: Policy, casl: CaslPerson, situation: Situation, document: Subject): void {
  const { customerId } = situation.facts
  const ours = fieldsFor(policy, situation, now)
  const { clear, masked, writable } = casl.fields(document)
  const visible = casl.ability.can('customer.profile.view', document)
  const theirs = customerFieldNames.map((field) => (!visible ? 'hidden' : clear.includes(field) ? 'clear' : masked.includes(field) ? 'masked' : 'hidden'))
  deepStrictEqual(customerFieldNames.map((field) => ours.presentation(field)), theirs, `fields of ${customerId}`)
  deepStrictEqual([...ours.writable], customerFieldNames.filter((field, place) => theirs[place] !== 'hidden' && writable.includes(field)), `writable fields of ${customerId}`)
}

const taskNames = ['decision', 'caslDecision', 'withGrants', 'withReasons', 'single', 'caslSingle', 'fieldSet', 'caslFieldSet'] as const
type TaskName = (typeof taskNames)[number]
type Task = (pairs: Pairs) => number

/** Each task is a loop of its own, so that none pays for the shape of another, and returns a sum that cannot be optimised away. */
function tasksOf(policy: Policy, casl: CaslPerson): Readonly<Record<TaskName, Task>> {
  return {
    decision: ({ operations, situations }) => {
      let sum = 0
      for (let at = 0; at < situations.length; at += 1) {
        const situation = situations[at]
        const operation = operations[at]
        if (situation !== undefined && operation !== undefined && allows(policy, operation, situation, now)) sum += 1
      }
      return sum
    },
    caslDecision: ({ operations, documents, open }) => {
      let sum = 0
      for (let at = 0; at < documents.length; at += 1) {
        const document = documents[at]
        const operation = operations[at]
        if (document !== undefined && operation !== undefined && open[at] === true && casl.ability.can(operation, document)) sum += 1
      }
      return sum
    },
    withGrants: ({ operations, situations }) => {
      let sum = 0
      for (let at = 0; at < situations.length; at += 1) {
        const situation = situations[at]
        const operation = operations[at]
        if (situation !== undefined && operation !== undefined) sum += decide(policy, operation, situation, now).because.length
      }
      return sum
    },
    withReasons: ({ operations, situations }) => {
      let sum = 0
      for (let at = 0; at < situations.length; at += 1) {
        const situation = situations[at]
        const operation = operations[at]
        if (situation !== undefined && operation !== undefined) sum += explain(policy, operation, situation, now).nearMisses.length
      }
      return sum
    },
    single: ({ operations, facts }) => {
      let sum = 0
      for (let at = 0; at < facts.length; at += 1) {
        const known = facts[at]
        const operation = operations[at]
        if (known !== undefined && operation !== undefined && allows(policy, operation, prepare(policy, known), now)) sum += 1
      }
      return sum
    },
    caslSingle: ({ operations, facts }) => {
      let sum = 0
      for (let at = 0; at < facts.length; at += 1) {
        const known = facts[at]
        const operation = operations[at]
        if (known === undefined || operation === undefined) continue
        const document = casl.document(known)
        if (casl.ability.can(operation, document) && (!isCustomerBound(operation) || casl.ability.can('customer.profile.view', document))) sum += 1
      }
      return sum
    },
    fieldSet: ({ situations }) => {
      let sum = 0
      for (const situation of situations) if (fieldsFor(policy, situation, now).presentation('mobile') === 'clear') sum += 1
      return sum
    },
    caslFieldSet: ({ documents }) => {
      let sum = 0
      for (const document of documents) if (casl.fields(document).clear.includes('mobile')) sum += 1
      return sum
    },
  }
}

/** The best time of each for one pair; of CASL's field sets for fewer pairs, so that the bench ends. */
function measure(tasks: Readonly<Record<TaskName, Task>>, pairs: Pairs, fewer: Pairs): Readonly<Record<TaskName, number>> {
  const best = { decision: Infinity, caslDecision: Infinity, withGrants: Infinity, withReasons: Infinity, single: Infinity, caslSingle: Infinity, fieldSet: Infinity, caslFieldSet: Infinity }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of taskNames) {
      const given = name === 'caslFieldSet' ? fewer : pairs
      best[name] = Math.min(best[name], nanosOf(() => tasks[name](given)) / given.operations.length)
    }
  }
  return best
}

/** Time of the processor, so that waiting for it on a busy machine does not count. */
function nanosOf(task: () => unknown): number {
  const began = process.cpuUsage()
  task()
  const { user, system } = process.cpuUsage(began)
  return (user + system) * 1000
}

/** By a policy that has answered nothing yet: only customers to whom the same rules apply share an answer. */
function firstFieldSetNanos(company: BenchCompany): number {
  let best = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const policy = compilePolicy(company.measured)
    const situations = company.customers.map((facts) => prepare(policy, facts))
    for (const situation of situations) for (let atom = 0; atom < policy.atoms.length; atom += 1) situation.holds(atom)
    best = Math.min(best, nanosOf(() => { for (const situation of situations) fieldsFor(policy, situation, now) }) / situations.length)
  }
  return best
}

/** One person after another of 5,000 with what the database says about each, up to the first decision. */
function compileMicros(company: BenchCompany): number {
  const inputs = Array.from({ length: 5000 }, (_, number) => company.person(number))
  const [facts] = company.customers
  if (facts === undefined) throw new Error('no customer')
  let best = Infinity
  for (let round = 0; round < 5; round += 1) {
    best = Math.min(best, nanosOf(() => {
      for (const input of inputs) {
        const policy = compilePolicy(input)
        allows(policy, 'customer.profile.view', prepare(policy, facts), now)
      }
    }) / inputs.length / 1000)
  }
  return best
}
