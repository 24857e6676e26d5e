import { customerFieldNames, presentations, type CustomerField, type Presentation } from '#shared/access/index'
import { allows, applies, isDenied, type Situation } from './decide.ts'
import type { Frame } from './frame.ts'
import { operationIndex, type ActionContext, type CompiledGrant, type CompiledRestriction, type Policy } from './policy.ts'
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

/**
 * The fields of one customer: the widest allowed presentation wins, then restrictions tighten. The answer depends only
 * on which rules apply, so customers to whom the same rules apply share it.
 */
export function fieldsFor(policy: Policy, situation: Situation, now: number, context: ActionContext = {}): FieldSet {
  const frame = policy.frames.at(now, context)
  const applying: number[] = []
  for (let word = 0; word < frame.words; word += 1) applying.push(situation.among(word, frame.inForce[word] ?? 0))
  const known = policy.fieldSets.get(applying)
  if (known !== undefined) return known
  const visible = allows(policy, 'customer.profile.view', situation, now, context)
  return policy.fieldSets.keep(applying, visible ? computeFields(policy, situation, frame) : nothing)
}

const nothing = new FieldSet([], [])

function computeFields(policy: Policy, situation: Situation, frame: Frame): FieldSet {
  const widths = new Array<number>(customerFieldNames.length).fill(0)
  const written = new Array<boolean>(customerFieldNames.length).fill(false)
  const denied = (index: number | undefined) => index === undefined || isDenied(frame, index, situation)
  const signs = clearWithIndex.map((index) => !denied(index))
  for (const grant of policy.grants) {
    if (applies(frame, situation, grant)) widen(grant, widths, written, signs)
  }
  for (const rule of policy.tightenings) {
    if (applies(frame, situation, rule)) tighten(rule, widths)
  }
  for (let place = 0; place < widths.length; place += 1) {
    if (denied(viewIndex[place])) widths[place] = 0
    if (widths[place] === 0 || denied(writtenByIndex[place])) written[place] = false
  }
  return new FieldSet(widths, written)
}

/** `signs`: whether the field's `clearWith` operation, if it has one, is not taken. */
function widen(grant: CompiledGrant, widths: number[], written: boolean[], signs: readonly boolean[]): void {
  for (const { place, width, widthToSigner } of grant.shows) {
    widths[place] = Math.max(widths[place] ?? 0, signs[place] === true ? widthToSigner : width)
  }
  for (const place of grant.writes) written[place] = true
}

function tighten(rule: CompiledRestriction, widths: number[]): void {
  for (const [place, field] of customerFieldNames.entries()) {
    const limit = rule.fields?.[field]
    if (limit !== undefined) widths[place] = Math.min(widths[place] ?? 0, widthOf(limit))
  }
}
