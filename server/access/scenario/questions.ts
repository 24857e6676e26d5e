import type { z } from 'zod'
import { customerFieldNames, isCustomerBound, type CustomerField, type Operation, type Presentation } from '#shared/access/index'
import type { ActionContext } from '../index.ts'
import { recordUnits, unitOf } from '../units.ts'
import { questionForms, type QuestionForm, type ScenarioFile } from './format.ts'
import type { Names } from './names.ts'
import { fieldsNamed, type RuleReader } from './resolve-rules.ts'
import type { Place } from './source.ts'

/** What an operation is asked about: customers, records of customers made in one store, marketing things, or nothing in particular. */
export interface Asked {
  readonly staffId: string
  readonly operation: Operation
  readonly over: 'customers' | 'things' | 'nothing'
  readonly madeIn: number | null
  readonly context: ActionContext
}

interface Common {
  readonly place: Place
  /** The question in one line. */
  readonly words: string
  /** Unix ms. */
  readonly at: number
}

/** One question with its expected answer. Staff and customers by id; `names` speaks about staff. */
export type Question = Common & (
  | { readonly form: 'may', readonly asked: Asked, readonly target: string | null, readonly expect: boolean, readonly because: readonly string[] }
  | { readonly form: 'sees', readonly asked: Asked, readonly expect: readonly string[] }
  | { readonly form: 'who', readonly asked: Omit<Asked, 'staffId'>, readonly target: string | null, readonly expect: readonly string[] }
  | { readonly form: 'shows', readonly staffId: string, readonly customerId: string, readonly field: CustomerField, readonly context: ActionContext, readonly expect: Presentation }
  | { readonly form: 'writes', readonly staffId: string, readonly customerId: string, readonly context: ActionContext, readonly expect: readonly string[] }
  | { readonly form: 'totals', readonly staffId: string, readonly customerId: string, readonly context: ActionContext, readonly expect: Readonly<Record<string, number | undefined>> }
  | { readonly form: 'hired', readonly departments: readonly string[], readonly position: string, readonly leader: boolean, readonly expect: string }
)

interface Target extends Pick<Asked, 'over' | 'madeIn'> {
  readonly target: string | null
}

type Parsed<F extends QuestionForm> = z.output<(typeof questionForms)[F]>
interface ContextInFile { readonly for: { readonly campaign?: string | undefined, readonly category?: string | undefined }, readonly at?: number | undefined }

const forms: readonly QuestionForm[] = ['may', 'sees', 'who', 'shows', 'writes', 'totals', 'hired']

/** A list too many multiplies: what nobody means must not fill the memory of a server. */
export const mostQuestions = 20_000

/** Reads the questions of a file, one for each combination of its lists. Problems go to `names`. */
export function readQuestions(file: ScenarioFile, names: Names, reader: RuleReader): Question[] {
  const read: Question[] = []
  for (const [at, question] of file.questions.entries()) {
    const lists = Object.entries(question).filter(([word]) => word !== 'expect').map(([, value]) => (Array.isArray(value) ? Math.max(1, value.length) : 1))
    if (read.length + lists.reduce((product, length) => product * length, 1) > mostQuestions) {
      names.add(['questions', at], `more than ${mostQuestions} questions: split the file`)
      return read
    }
    read.push(...new QuestionReader(file, names, reader, ['questions', at]).read(question))
  }
  return read
}

class QuestionReader {
  readonly #file: ScenarioFile
  readonly #names: Names
  readonly #reader: RuleReader
  readonly #place: Place

  constructor(file: ScenarioFile, names: Names, reader: RuleReader, place: Place) {
    this.#file = file
    this.#names = names
    this.#reader = reader
    this.#place = place
  }

  read(question: Readonly<Record<string, unknown>>): Question[] {
    const form = forms.find((one) => Object.hasOwn(question, one))
    switch (form) {
      case 'may': return this.#with(questionForms.may, question, (one) => this.#may(one))
      case 'sees': return this.#with(questionForms.sees, question, (one) => this.#sees(one))
      case 'who': return this.#with(questionForms.who, question, (one) => this.#who(one))
      case 'shows': return this.#with(questionForms.shows, question, (one) => this.#shows(one))
      case 'writes': return this.#with(questionForms.writes, question, (one) => this.#writes(one))
      case 'totals': return this.#with(questionForms.totals, question, (one) => this.#totals(one))
      case 'hired': return this.#with(questionForms.hired, question, (one) => this.#hired(one))
      case undefined:
        this.#names.add(this.#place, `a question begins with one of ${forms.join(', ')}`)
        return []
    }
  }

  #with<T>(schema: z.ZodType<T>, question: unknown, read: (parsed: T) => Question[]): Question[] {
    const parsed = schema.safeParse(question)
    if (parsed.success) return read(parsed.data)
    this.#names.invalid(parsed.error, this.#place)
    return []
  }

  #may(one: Parsed<'may'>): Question[] {
    return this.#staff(one.may, 'may').flatMap(([name, staffId]) => this.#operations(one.do, 'do').flatMap((operation) =>
      this.#targets(operation, one).map(({ target, over, madeIn }): Question => ({
        form: 'may', ...this.#common(one, `may ${name} do ${operation}${target === null ? '' : ` to ${target}`}${one.madeIn === undefined ? '' : ` made in ${one.madeIn}`}`),
        asked: { staffId, operation, over, madeIn, context: this.#context(one) }, target, expect: one.expect === 'allow', because: one.because ?? [],
      }))))
  }

  #sees(one: Parsed<'sees'>): Question[] {
    const expect = this.#names.all(one.among === 'things' ? 'thing' : 'customer', one.expect, [...this.#place, 'expect'])
    return this.#staff(one.sees, 'sees').flatMap(([name, staffId]) => this.#operations(one.with, 'with').map((operation): Question => {
      if (one.among === 'things') this.#mustBeOfThings(operation)
      return {
        form: 'sees', ...this.#common(one, `what can ${name} reach with ${operation}${one.madeIn === undefined ? '' : ` made in ${one.madeIn}`}`),
        asked: { staffId, operation, over: one.among, madeIn: this.#madeIn(operation, one.madeIn), context: this.#context(one) }, expect,
      }
    }))
  }

  #who(one: Parsed<'who'>): Question[] {
    const expect = one.expect.map((name, at) => this.#names.staffId(name, [...this.#place, 'expect', at]))
    return this.#operations(one.who, 'who').flatMap((operation) => this.#targets(operation, one).map(({ target, over, madeIn }): Question => ({
      form: 'who', ...this.#common(one, `who can do ${operation}${target === null ? '' : ` to ${target}`}${one.madeIn === undefined ? '' : ` made in ${one.madeIn}`}`),
      asked: { operation, over, madeIn, context: this.#context(one) }, target, expect,
    })))
  }

  #shows(one: Parsed<'shows'>): Question[] {
    const expected = new Map<string, Presentation>(one.rest === undefined ? [] : customerFieldNames.map((field) => [field, one.rest ?? 'hidden']))
    for (const [name, shown] of Object.entries(one.expect)) {
      const fields = fieldsNamed(name)
      if (fields.length === 0) this.#names.add([...this.#place, 'expect', name], 'unknown field')
      for (const field of fields) expected.set(field, shown)
    }
    return this.#pairs(one.shows, 'shows', one.of).flatMap(({ name, staffId, customerId }) => customerFieldNames.flatMap((field): Question[] => {
      const expect = expected.get(field)
      if (expect === undefined) return []
      return [{ form: 'shows', ...this.#common(one, `how is ${field} of ${customerId} shown to ${name}`), staffId, customerId, field, context: this.#context(one), expect }]
    }))
  }

  #writes(one: Parsed<'writes'>): Question[] {
    const expect = one.expect.flatMap((name, at) => {
      const fields = fieldsNamed(name)
      if (fields.length === 0) this.#names.add([...this.#place, 'expect', at], 'unknown field')
      return fields
    })
    return this.#pairs(one.writes, 'writes', one.of).map(({ name, staffId, customerId }): Question => (
      { form: 'writes', ...this.#common(one, `which fields of ${customerId} may ${name} write`), staffId, customerId, context: this.#context(one), expect }
    ))
  }

  #totals(one: Parsed<'totals'>): Question[] {
    return this.#pairs(one.totals, 'totals', one.of).map(({ name, staffId, customerId }): Question => (
      { form: 'totals', ...this.#common(one, `which totals of ${customerId} hold for ${name}`), staffId, customerId, context: this.#context(one), expect: one.expect }
    ))
  }

  #hired({ hired, expect }: Parsed<'hired'>): Question[] {
    this.#names.all('department', hired.in, [...this.#place, 'hired', 'in'])
    this.#names.check('role', expect, [...this.#place, 'expect'])
    const words = `which role gets ${hired.leader ? 'a leader' : 'somebody'} with the position "${hired.position}"${hired.in.length === 0 ? '' : ` in ${hired.in.join(', ')}`}`
    return [{ form: 'hired', place: this.#place, words, at: this.#file.now, departments: hired.in, position: hired.position, leader: hired.leader, expect }]
  }

  /** Every target, and over what it is asked. */
  #targets(operation: Operation, one: { readonly to?: readonly string[] | undefined, readonly madeIn?: string | undefined }): Target[] {
    if (one.to === undefined) {
      if (isCustomerBound(operation)) this.#names.add(this.#place, `${operation} is bound to a customer: say which with "to"`)
      return [{ target: null, over: 'nothing', madeIn: null }]
    }
    return one.to.map((target, at) => {
      const isThing = this.#names.is('thing', target)
      if (isThing) this.#mustBeOfThings(operation)
      else this.#names.check('customer', target, [...this.#place, 'to', at])
      return { target, over: isThing ? 'things' : 'customers', madeIn: this.#madeIn(operation, one.madeIn) }
    })
  }

  #mustBeOfThings(operation: Operation): void {
    if (isCustomerBound(operation)) this.#names.add(this.#place, `${operation} is bound to a customer, not to a thing of marketing`)
  }

  #madeIn(operation: Operation, department: string | undefined): number | null {
    if (department === undefined) return null
    if (!recordUnits.has(unitOf(operation))) this.#names.add([...this.#place, 'madeIn'], `${unitOf(operation)} has no records`)
    return this.#names.departmentId(department, [...this.#place, 'madeIn'])
  }

  #staff(names: readonly string[], word: string): [string, string][] {
    return names.map((name, at) => [name, this.#names.staffId(name, [...this.#place, word, at])])
  }

  #operations(words: readonly string[], word: string): Operation[] {
    return this.#reader.operations(words, [...this.#place, word])
  }

  #pairs(staff: readonly string[], word: string, customers: readonly string[]): { name: string, staffId: string, customerId: string }[] {
    this.#names.all('customer', customers, [...this.#place, 'of'])
    return this.#staff(staff, word).flatMap(([name, staffId]) => customers.map((customerId) => ({ name, staffId, customerId })))
  }

  #context(one: ContextInFile): ActionContext {
    const { campaign, category } = one.for
    if (campaign !== undefined) this.#names.check('campaign', campaign, [...this.#place, 'for', 'campaign'])
    if (category !== undefined) this.#names.check('category', category, [...this.#place, 'for', 'category'])
    return { campaign, templateCategory: category }
  }

  #common(one: ContextInFile, words: string): Common {
    const context = [one.for.campaign === undefined ? '' : ` for campaign ${one.for.campaign}`, one.for.category === undefined ? '' : ` with category ${one.for.category}`].join('')
    const at = one.at ?? this.#file.now
    return { place: this.#place, at, words: `${words}${context}${one.at === undefined ? '' : ` at ${new Date(at).toISOString()}`}` }
  }
}
