import type { EntityManager } from 'typeorm'
import { customerFieldNames, operations, unitOperations, units, type Operation, type Presentation } from '#shared/access/index'
import { assignRole } from '../template-rules.ts'
import { chooseExamples } from './choose-examples.ts'
import type { Company, CompanyStaff, ScenarioPolicy } from './company.ts'
import { realEngines } from './engines.ts'
import { Moment } from './moment.ts'
import { fieldsNamed } from './resolve-rules.ts'
import { readScenario, type OpenScratch } from './run.ts'
import { loadRunningPolicy } from './running-policy.ts'
import { scenarioBody, scenarioOf } from './scenario-of.ts'
import { writeCompany } from './write-company.ts'

type QuestionWords = Readonly<Record<string, unknown>>

/**
 * The running policy as a policy file: its rules, a few people and customers of the company without anything personal, and what is
 * decided about them today. Kept and run again, it tells what a change of the rules did. With `policy` those rules instead.
 * Throws ScenarioInvalid when a rule in force cannot be read.
 */
export async function exportScenario(db: EntityManager, now: number, open: OpenScratch, policy?: ScenarioPolicy): Promise<string> {
  const rules = policy ?? await loadRunningPolicy(db)
  const examples = await chooseExamples(db, rules, now)
  const { body, aliases } = scenarioBody(rules, examples, now)
  const { company } = readScenario(scenarioOf({ ...body, questions: [{ hired: {}, expect: 'trainee' }] }))
  const asked = new Set(examples.asked.map(aliases.person))
  const scratch = await open()
  try {
    await scratch.transaction((work) => writeCompany(work, company, []))
    const moment = await Moment.open(scratch, company, now, realEngines)
    const questions: QuestionWords[] = []
    for (const person of company.staff.filter((one) => asked.has(one.name))) questions.push(...await aboutPerson(moment, person, company))
    questions.push(...aboutNewcomers(company))
    return scenarioOf({ ...body, questions })
  } finally {
    await scratch.close()
  }
}

const mostCards = 3
/** Those that are about nothing in particular; the others are asked about customers. */
const beside: readonly Operation[] = operations.filter((operation) => operation.startsWith('system.') || operation.startsWith('marketing.strategy.') || operation.startsWith('marketing.templates.'))
const ofCustomers: readonly Operation[] = unitOperations.filter((operation) => !beside.includes(operation))

async function aboutPerson(moment: Moment, person: CompanyStaff, company: Company): Promise<QuestionWords[]> {
  const { id: staffId, name } = person
  const questions: QuestionWords[] = []
  const reaches = new Map<string, { readonly reached: readonly string[], readonly with: Operation[] }>()
  for (const operation of ofCustomers) {
    const reached = await moment.reached({ staffId, operation, over: 'customers', madeIn: null, context: {} })
    const same = reaches.get(reached.join())
    if (same === undefined) reaches.set(reached.join(), { reached, with: [operation] })
    else same.with.push(operation)
  }
  for (const one of reaches.values()) questions.push({ sees: name, with: whole(one.with), expect: one.reached })
  for (const expect of ['allow', 'deny'] as const) {
    const held: Operation[] = []
    for (const operation of beside) if (await moment.holds({ staffId, operation, over: 'nothing', madeIn: null, context: {} }) === (expect === 'allow')) held.push(operation)
    if (held.length > 0) questions.push({ may: name, do: whole(held), expect })
  }
  const visible = await moment.reached({ staffId, operation: 'customer.profile.view', over: 'customers', madeIn: null, context: {} })
  const hidden = company.customers.map((one) => one.id).filter((id) => !visible.includes(id))
  for (const of of [...visible.slice(0, mostCards), ...hidden.slice(0, 1)]) {
    const see = await moment.fieldsOf(staffId, of)
    questions.push({ shows: name, of, ...shownWords(new Map(customerFieldNames.map((field) => [field, see.presentation(field)]))) }, { writes: name, of, expect: [...see.writable] })
  }
  return questions
}

/** Units in the place of their three operations. */
function whole(held: readonly Operation[]): string[] {
  const names = new Set<string>(held)
  const units = [...new Set(held.map((operation) => operation.slice(0, operation.lastIndexOf('.'))))].filter((unit) => unitOperations.filter((operation) => operation.startsWith(`${unit}.`)).length === 3)
  for (const unit of units) {
    const three = unitOperations.filter((operation) => operation.startsWith(`${unit}.`))
    if (!three.every((operation) => names.has(operation))) continue
    for (const operation of three) names.delete(operation)
    names.add(unit)
  }
  return [...names]
}

function shownWords(shown: ReadonlyMap<string, Presentation>): QuestionWords {
  const expect = Object.keys(units).flatMap((unit): [string, Presentation][] => {
    const fields = fieldsNamed(unit).map((field): [string, Presentation] => [field, shown.get(field) ?? 'hidden'])
    const [first] = fields
    if (first === undefined) return []
    const same = fields.every(([, presentation]) => presentation === first[1])
    return (same ? pairOf(unit, first[1]) : fields).filter(([, presentation]) => presentation !== 'hidden')
  })
  return { expect: Object.fromEntries(expect), rest: 'hidden' }
}

/** One newcomer for each template rule, and one for whom there is none. */
function aboutNewcomers(company: Company): QuestionWords[] {
  const living = company.departments.filter((one) => !one.deleted && !one.missing)
  const rules = company.templateRules.map((rule) => ({
    position: rule.positionContains ?? '', leader: rule.leader ?? false,
    places: rule.departmentId === null && rule.departmentKind === null ? [] : living.filter((one) =>
      (rule.departmentId === null || one.path.split('/').includes(String(rule.departmentId))) && (rule.departmentKind === null || one.kind === rule.departmentKind)).slice(0, 1),
  }))
  return [...rules, { position: '', leader: false, places: [] }].map(({ position, leader, places }) => ({
    hired: { ...(places.length === 0 ? {} : { in: places.map((one) => one.name) }), position, ...(leader ? { leader } : {}) },
    expect: assignRole(company.templateRules, { position, leader, departments: places }),
  }))
}

const pairOf = (name: string, presentation: Presentation): [string, Presentation][] => [[name, presentation]]
