import { AbilityBuilder, createMongoAbility, subject, type MongoAbility, type MongoQuery } from '@casl/ability'
import { permittedFieldsOf } from '@casl/ability/extra'
import { customerFieldNames, customerFields, viewOf, type Condition, type CustomerField, type FieldRule, type Operation, type Presentation, type RoleGrant, type Scope } from '#shared/access/index'
import type { CustomerFacts } from '../../../server/access/facts.ts'
import type { PolicyInput } from '../../../server/access/policy.ts'
import type { BenchCompany } from './company.ts'

/**
 * The same rules for @casl/ability, as one would write them by its documentation, and then as fast as we know how:
 * - one ability for the person, built before the clock starts, with the deny rules last, where CASL asks them first;
 * - actions are our operations, so that CASL's own index by action finds the few rules that speak about one;
 * - conditions are MongoQuery, compiled by CASL once; each lists as few fields as it can, equality instead of `$in` for a single value,
 *   and a subtree is one equality with the ids of all departments above a place, prepared in the document, not a list of 500 stores;
 * - documents are tagged by `subject`, which is CASL's cheapest way to know the type, also before the clock starts;
 * - the rule "nothing of a customer without his profile" is asked once for a customer before the clock starts: CASL is charged for one
 *   question where our engine asks both.
 */
export interface Document {
  readonly ownerStaffId: string | null
  readonly staffIds: readonly string[]
  readonly placeIds: readonly number[]
  /** Places and all departments above them. */
  readonly areaIds: readonly number[]
  readonly stage: string
  readonly valueTier: number | null
  readonly spendFen: number
  readonly tagIds: readonly string[]
  readonly tagGroupIds: readonly string[]
  readonly openTasks: readonly string[]
  readonly nodes: readonly string[]
}

type Query = MongoQuery<Document>
export type Ability = MongoAbility
export type Subject = Document & { readonly __typename?: string }

/** How a field is shown stands in three actions over fields, which is how CASL speaks about fields. */
export const shown = { clear: 'show-clear', masked: 'show-masked', write: 'write-field' } as const

export class CaslPerson {
  readonly ability: Ability
  readonly #company: BenchCompany
  readonly #paths: ReadonlyMap<number, readonly number[]>

  constructor(company: BenchCompany, input: PolicyInput) {
    this.#company = company
    this.#paths = new Map(company.departments.map((node) => [node.id, node.path.split('/').filter((step) => step !== '').map(Number)]))
    this.ability = this.#build(input)
  }

  document(facts: CustomerFacts): Subject {
    const placeIds = [facts.ownerDepartmentId, facts.poolDepartmentId, ...facts.follows.map((follow) => follow.departmentId)].filter((id) => id !== null)
    return subject('Customer', {
      ownerStaffId: facts.ownerStaffId,
      staffIds: [...facts.ownerStaffId === null ? [] : [facts.ownerStaffId], ...facts.follows.map((follow) => follow.staffId)],
      placeIds,
      areaIds: [...new Set(placeIds.flatMap((id) => this.#paths.get(id) ?? []))],
      stage: facts.stage,
      valueTier: facts.valueTier,
      spendFen: facts.spendFen,
      tagIds: [...facts.tagIds],
      tagGroupIds: [...facts.tagGroupIds],
      openTasks: [...facts.openTasks],
      nodes: [...facts.nodes],
    })
  }

  /** The fields by how they are shown, and those that may be written; the widest word wins. */
  fields(document: Subject): { readonly clear: readonly string[], readonly masked: readonly string[], readonly writable: readonly string[] } {
    const options = { fieldsFrom: (rule: { readonly fields?: string[] | undefined }) => rule.fields ?? [...customerFieldNames] }
    return {
      clear: permittedFieldsOf(this.ability, shown.clear, document, options),
      masked: permittedFieldsOf(this.ability, shown.masked, document, options),
      writable: permittedFieldsOf(this.ability, shown.write, document, options),
    }
  }

  #build(input: PolicyInput): Ability {
    const { can, cannot, build } = new AbilityBuilder<Ability>(createMongoAbility)
    for (const { grant } of input.grants) {
      const query = this.#query(input, grant)
      const operations = new Set<Operation>(grant.operations.flatMap((operation) => [operation, viewOf(operation)]))
      for (const operation of operations) {
        if (operation.startsWith('customer.') || operation.startsWith('talk.') || operation.startsWith('marketing.')) can(operation, 'Customer', query)
      }
      for (const [presentation, action] of [['clear', shown.clear], ['masked', shown.masked]] as const) {
        const fields = customerFieldNames.filter((field) => says(grant, operations, field) === presentation)
        if (fields.length > 0) can(action, 'Customer', [...fields], query)
      }
      const written = customerFieldNames.filter((field) => {
        const { writtenBy }: FieldRule = customerFields[field]
        return writtenBy !== undefined && operations.has(writtenBy)
      })
      if (written.length > 0) can(shown.write, 'Customer', [...written], query)
    }
    this.#deny(cannot, input)
    return build()
  }

  #deny(cannot: AbilityBuilder<Ability>['cannot'], input: PolicyInput): void {
    for (const { restriction } of this.#company.restrictions) {
      if (restriction === null || restriction.subject.except.includes(input.staffId)) continue
      const query: Query = Object.assign({}, ...restriction.conditions.map(conditionQuery))
      if (restriction.fields === undefined) {
        for (const operation of restriction.operations) {
          for (const level of operation.endsWith('.view') ? ['.view', '.edit', '.operate'] : [operation.slice(operation.lastIndexOf('.'))]) cannot(operation.replace(/\.\w+$/, level), 'Customer', query)
        }
        continue
      }
      // The company only hides; a restriction that masks would need more rules here.
      for (const action of Object.values(shown)) cannot(action, 'Customer', Object.keys(restriction.fields), query)
    }
  }

  #query(input: PolicyInput, grant: RoleGrant): Query {
    return Object.assign({}, this.#scope(input, grant.scope), ...grant.conditions.map(conditionQuery))
  }

  #scope(input: PolicyInput, scope: Scope): Query {
    switch (scope.kind) {
      case 'own': return { ownerStaffId: input.staffId }
      case 'followed': return { staffIds: input.staffId }
      case 'team': return { placeIds: oneOrIn(input.departmentIds) }
      case 'subtree': return { areaIds: oneOrIn(input.departmentIds) }
      case 'departments': return { areaIds: oneOrIn(scope.departmentIds) }
      default: throw new Error(`the company has no scope ${scope.kind}`)
    }
  }
}

const oneOrIn = <T>(values: readonly T[]) => (values.length === 1 ? values[0] : { $in: [...values] })

function conditionQuery(condition: Condition): Query {
  switch (condition.kind) {
    case 'tags': return { tagIds: oneOrIn(condition.tagIds) }
    case 'tagGroups': return { tagGroupIds: oneOrIn(condition.groupIds) }
    case 'stage': return { stage: oneOrIn(condition.anyOf) }
    case 'openTask': return { openTasks: oneOrIn(condition.anyOf) }
    case 'valueTier': return { valueTier: { $gte: condition.atLeast } }
    case 'spend': return { spendFen: { $gte: condition.atLeastFen } }
    case 'journeyNode': return { nodes: oneOrIn(condition.anyOf) }
    default: throw new Error(`the company has no condition ${condition.kind}`)
  }
}

function says(grant: RoleGrant, operations: ReadonlySet<Operation>, field: CustomerField): Presentation {
  const rule: FieldRule = customerFields[field]
  if (!operations.has(`${rule.unit}.view`)) return 'hidden'
  return grant.fields[field] ?? (rule.clearWith !== undefined && operations.has(rule.clearWith) ? 'clear' : rule.default)
}
