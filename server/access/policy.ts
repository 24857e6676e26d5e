import { operations, type CustomerField, type GrantSource, type Missing, type Operation, type Presentation, type Restriction, type RoleGrant } from '#shared/access/index'
import type { Atom } from './atoms.ts'
import type { Bits } from './bits.ts'
import type { FieldSet } from './fields.ts'
import type { Miss } from './explain.ts'
import type { Frames } from './frame.ts'
import type { KeptByBits } from './kept-by-bits.ts'
import type { DepartmentTree } from './tree.ts'

/** A grant before it is compiled. Roles, temporary grants, nodes and shares all become this. */
export interface GrantInput {
  /** Stable; stands in `because` and in the audit. */
  readonly id: string
  readonly source: GrantSource
  readonly grant: RoleGrant
  /** Unix ms, inclusive. */
  readonly from?: number | undefined
  /** Unix ms, exclusive. */
  readonly until?: number | undefined
}

export interface RestrictionInput {
  readonly id: string
  /** `null`: unreadable, so it denies everything to everyone. */
  readonly restriction: Restriction | null
  /** When the row was ended, Unix ms. */
  readonly endedAt?: number | undefined
}

/** What is known about one person at one epoch. */
export interface PolicyInput {
  readonly staffId: string
  /** Only people with the status `active` hold any grant. */
  readonly active: boolean
  readonly roleKeys: readonly string[]
  /** The departments in force. */
  readonly departmentIds: readonly number[]
  readonly tree: DepartmentTree
  readonly grants: readonly GrantInput[]
  readonly restrictions: readonly RestrictionInput[]
}

/** What an action is about beside the customer: narrowed by the conditions `templateCategory` and `campaign`. */
export interface ActionContext {
  readonly templateCategory?: string | undefined
  readonly campaign?: string | undefined
}

/** A grant or restriction ready to be asked: in force between `from` and `until`, where all atoms and the context hold. */
export interface Rule {
  readonly id: string
  /** Its place among the policy's rules, and its bit. */
  readonly place: number
  readonly operations: ReadonlySet<Operation>
  /** The same by `operationIndex`. */
  readonly indexes: readonly number[]
  /** Indexes into the policy's atoms. */
  readonly atoms: readonly number[]
  readonly context: ContextRule | null
  readonly from: number
  readonly until: number
}

export interface ContextRule {
  readonly categories: ReadonlySet<string> | null
  readonly campaigns: ReadonlySet<string> | null
  /** What an unknown category or campaign counts as: false for grants, true for restrictions. */
  readonly unknown: boolean
}

export interface CompiledGrant extends Rule {
  readonly source: GrantSource
  /** What to tell people when an atom does not hold, place by place. */
  readonly missing: readonly Missing[]
  /** Narrowed to records of my stores; at customer level "some records". */
  readonly ownStoreOnly: boolean
  readonly fields: Readonly<Partial<Record<CustomerField, Presentation>>>
  /** What it says about the fields that it shows. */
  readonly shows: readonly ShownField[]
  /** Places of the fields whose `writtenBy` it gives. */
  readonly writes: readonly number[]
  /** What `explain` has said already about the customers whom it does not reach; see there. */
  readonly nearMisses: Miss[]
}

/** One field in a grant's words; places are those of `customerFieldNames`, widths those of `presentation.ts`. */
export interface ShownField {
  readonly place: number
  readonly width: number
  /** The same for somebody from whom the field's `clearWith` operation is not taken. */
  readonly widthToSigner: number
}

export interface CompiledRestriction extends Rule {
  /** Set: these fields are tightened, and no operation is taken. */
  readonly fields: Readonly<Partial<Record<CustomerField, 'hidden' | 'masked'>>> | null
}

/** Everything that decides about one person, compiled once per epoch. Without the clock; what it keeps beside the rules are answers. */
export interface Policy {
  readonly staffId: string
  readonly roleKeys: readonly string[]
  /** Living departments in force. */
  readonly departmentIds: ReadonlySet<number>
  /** The tree of its epoch. */
  readonly tree: DepartmentTree
  readonly atoms: readonly Atom[]
  /** Grants, then restrictions. */
  readonly rules: readonly Rule[]
  /** The grants that are narrowed to records of my stores, as bits. */
  readonly narrowed: Bits
  readonly frames: Frames
  readonly grants: readonly CompiledGrant[]
  /** By the index of `operationIndex`. */
  readonly grantsOf: readonly (readonly CompiledGrant[])[]
  /** Those that deny, closed over what they take along. */
  readonly restrictionsOf: readonly (readonly CompiledRestriction[])[]
  /** Those that hide or mask. */
  readonly tightenings: readonly CompiledRestriction[]
  /** What `fieldsFor` has worked out already. */
  readonly fieldSets: KeptByBits<FieldSet>
}

/** Without a prototype, so that it knows no name but these; a look-up in a Map takes half as long again. */
const indexes: Readonly<Record<string, number>> = Object.assign(Object.create(null), Object.fromEntries(operations.map((operation, index) => [operation, index])))

/** -1 for anything unknown, which no rule of any policy speaks about (T01). */
export function operationIndex(operation: string): number {
  return indexes[operation] ?? -1
}

/** Whether the rule is in force at `now` for this context, whatever the customer. */
export function inForce(rule: Rule, now: number, context: ActionContext): boolean {
  return now >= rule.from && now < rule.until && (rule.context === null || contextHolds(rule.context, context))
}

function contextHolds(rule: ContextRule, context: ActionContext): boolean {
  const holds = (wanted: ReadonlySet<string> | null, given: string | undefined) =>
    wanted === null || (given === undefined ? rule.unknown : wanted.has(given))
  return holds(rule.categories, context.templateCategory) && holds(rule.campaigns, context.campaign)
}
