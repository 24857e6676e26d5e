import { customerFieldNames, presentations, type CustomerField, type Presentation } from '#shared/access/index'
import { BoundedCache } from './bounded-cache.ts'
import { allows, isDenied, type Situation } from './decide.ts'
import { inForce, operationIndex, type ActionContext, type CompiledGrant, type CompiledRestriction, type Policy } from './policy.ts'
import { widthOf } from './presentation.ts'
import { fieldRule, viewOfField } from './units.ts'

const places = new Map<string, number>(customerFieldNames.map((field, place) => [field, place]))

/** How each field of one customer is shown to one person, and which he may write. Computed once, used for read and write. */
export class FieldSet {
  readonly #widths: readonly number[]
  readonly #written: readonly boolean[]
  #writable: ReadonlySet<CustomerField> | null = null

  constructor(widths: readonly number[], written: readonly boolean[]) {
    this.#widths = widths
    this.#written = written
  }

  presentation(field: CustomerField): Presentation {
    return presentations[this.#widths[places.get(field) ?? -1] ?? 0] ?? 'hidden'
  }

  /** The fields that may leave, clear or masked, in their fixed order. */
  visible(): CustomerField[] {
    return customerFieldNames.filter((_, place) => (this.#widths[place] ?? 0) > 0)
  }

  /** The fields he may write; hidden ones never. */
  get writable(): ReadonlySet<CustomerField> {
    this.#writable ??= new Set(customerFieldNames.filter((_, place) => this.#written[place] === true))
    return this.#writable
  }
}

const indexOr = (operation: Parameters<typeof operationIndex>[0] | undefined) => (operation === undefined ? -1 : operationIndex(operation))
const viewIndex = customerFieldNames.map((field) => operationIndex(viewOfField(field)))
const clearWithIndex = customerFieldNames.map((field) => indexOr(fieldRule(field).clearWith))
const writtenByIndex = customerFieldNames.map((field) => indexOr(fieldRule(field).writtenBy))

const kept = new WeakMap<Policy, BoundedCache<string | number, FieldSet>>()
const keptPerPolicy = 500

/**
 * The fields of one customer: the widest allowed presentation wins, then restrictions tighten. The answer depends only
 * on which rules apply, so customers to whom the same rules apply share it.
 */
export function fieldsFor(policy: Policy, situation: Situation, now: number, context: ActionContext = {}): FieldSet {
  const applying = signature(policy, situation, now, context)
  let answers = kept.get(policy)
  if (answers === undefined) {
    answers = new BoundedCache(keptPerPolicy)
    kept.set(policy, answers)
  }
  const known = answers.get(applying)
  if (known !== undefined) return known
  const fields = computeFields(policy, situation, now, context)
  answers.set(applying, fields)
  return fields
}

/** Which rules apply, one bit each. */
function signature(policy: Policy, situation: Situation, now: number, context: ActionContext): string | number {
  const { rules } = policy
  let text = ''
  let word = 0
  for (let place = 0; place < rules.length; place += 1) {
    const bit = place % 30
    if (bit === 0 && place > 0) {
      text += `${word},`
      word = 0
    }
    const rule = rules[place]
    if (rule !== undefined && inForce(rule, now, context) && situation.reaches(rule)) word |= 1 << bit
  }
  return text === '' ? word : text + String(word)
}

function computeFields(policy: Policy, situation: Situation, now: number, context: ActionContext): FieldSet {
  if (!allows(policy, 'customer.profile.view', situation, now, context)) return new FieldSet([], [])
  const widths = new Array<number>(customerFieldNames.length).fill(0)
  const written = new Array<boolean>(customerFieldNames.length).fill(false)
  const denied = new Denials(policy, situation, now, context)
  for (const grant of policy.grants) {
    if (inForce(grant, now, context) && situation.reaches(grant)) widen(grant, widths, written, denied)
  }
  for (const rule of policy.tightenings) {
    if (inForce(rule, now, context) && situation.reaches(rule)) tighten(rule, widths)
  }
  for (let place = 0; place < widths.length; place += 1) {
    if (widths[place] !== 0 && denied.has(viewIndex[place])) widths[place] = 0
    if (written[place] === true && (widths[place] === 0 || denied.has(writtenByIndex[place]))) written[place] = false
  }
  return new FieldSet(widths, written)
}

function widen(grant: CompiledGrant, widths: number[], written: boolean[], denied: Denials): void {
  for (const { place, width, widthToSigner } of grant.shows) {
    const known = widths[place] ?? 0
    const wider = widthToSigner > width && widthToSigner > known && !denied.has(clearWithIndex[place]) ? widthToSigner : width
    if (wider > known) widths[place] = wider
  }
  for (const place of grant.writes) written[place] = true
}

function tighten(rule: CompiledRestriction, widths: number[]): void {
  for (const [place, field] of customerFieldNames.entries()) {
    const limit = rule.fields?.[field]
    if (limit !== undefined) widths[place] = Math.min(widths[place] ?? 0, widthOf(limit))
  }
}

/** Which operations restrictions take from this customer, each asked at most once. */
class Denials {
  readonly #ask: (index: number) => boolean
  readonly #answers: (boolean | undefined)[] = []

  constructor(policy: Policy, situation: Situation, now: number, context: ActionContext) {
    this.#ask = (index) => isDenied(policy, index, situation, now, context)
  }

  has(index: number | undefined): boolean {
    if (index === undefined || index < 0) return true
    return this.#answers[index] ??= this.#ask(index)
  }
}
