import { Condition, isCustomerField, isNeverTemporary, isOperation, presentations, viewOf, customerFields, type Operation } from '#shared/access/index'
import type { DraftGrant } from '#shared/contracts/policy-document'
import { Stage } from '#shared/contracts/customers'
import type { ProblemCode } from '#shared/contracts/policy-document'
import { recordUnits, unitOf } from '../access/index.ts'
import type { Flaws, KnownNames } from './flaws.ts'

/** What a grant belongs to: not each of them may say everything. */
export type GrantPlace = 'role' | 'node' | 'temporary' | 'restriction'

export interface GrantCheck {
  readonly flaws: Flaws
  readonly names: KnownNames
  readonly item: string
  readonly of: GrantPlace
}

type Loose = Readonly<Record<string, unknown>>

/** Operations, scope, conditions and fields of one grant or restriction: names that exist, and words that mean something together. */
export function checkGrant(check: GrantCheck, place: string, grant: Pick<DraftGrant, 'operations' | 'scope' | 'conditions'> & { readonly fields?: DraftGrant['fields'] | undefined }): void {
  const operations = checkOperations(check, `${place}.operations`, grant.operations)
  checkScope(check, `${place}.scope`, grant.scope, operations)
  for (const [at, condition] of grant.conditions.entries()) checkCondition(check, `${place}.conditions.${at}`, condition, operations)
  if (check.of !== 'restriction' && operations.some(knowsOnlyAll) && (grant.scope.kind !== 'all' || grant.conditions.length > 0)) {
    check.flaws.add(`${place}.scope`, check.item, 'all_only', operations.find(knowsOnlyAll))
  }
  checkFields(check, `${place}.fields`, grant.fields ?? {}, operations)
}

function checkOperations({ flaws, item, of }: GrantCheck, place: string, names: readonly string[]): Operation[] {
  if (names.length === 0) flaws.add(place, item, 'empty_operations')
  return names.flatMap((name, at): Operation[] => {
    if (!isOperation(name)) {
      flaws.add(`${place}.${at}`, item, 'unknown_operation', name)
      return []
    }
    if ((of === 'node' || of === 'temporary') && isNeverTemporary(name)) flaws.add(`${place}.${at}`, item, of === 'node' ? 'never_by_node' : 'never_for_a_time', name)
    return [name]
  })
}

/** Units that know only the scope `all` and no conditions. */
const knowsOnlyAll = (operation: Operation): boolean => operation.startsWith('system.') || operation.startsWith('marketing.strategy.')

/** Whether customers are asked about: broadcasts have an audience of customers, other marketing things only department and maker. */
const isAboutCustomers = (operation: Operation): boolean => !operation.startsWith('system.') && (!operation.startsWith('marketing.') || unitOf(operation) === 'marketing.broadcasts')

const scopes = new Set(['followed', 'own', 'team', 'subtree', 'pool', 'departments', 'customers', 'all'])

function checkScope(check: GrantCheck, place: string, scope: Loose & { readonly kind: string }, operations: readonly Operation[]): void {
  const { flaws, item, of } = check
  if (!scopes.has(scope.kind)) return flaws.add(`${place}.kind`, item, 'unknown_scope', scope.kind)
  if (scope.kind === 'departments') checkDepartments(check, `${place}.departmentIds`, scope['departmentIds'])
  if (scope.kind === 'customers' && of !== 'restriction') flaws.add(`${place}.kind`, item, 'scope_not_for_roles', scope.kind)
  const beside = scope.kind === 'pool' || scope.kind === 'customers' ? operations.find((operation) => !isAboutCustomers(operation) && !knowsOnlyAll(operation)) : undefined
  if (beside !== undefined) flaws.add(`${place}.kind`, item, 'scope_without_meaning', beside)
}

const conditionKinds = new Set<string>(Condition.options.map(({ shape }) => shape.kind.value))
/** What a campaign or a category of templates can be about. */
const withContext = new Set(['marketing.templates', 'marketing.broadcasts', 'marketing.entrances', 'marketing.reports'])

function checkCondition(check: GrantCheck, place: string, condition: Loose & { readonly kind: string }, operations: readonly Operation[]): void {
  const { flaws, item, names } = check
  if (!conditionKinds.has(condition.kind)) return flaws.add(`${place}.kind`, item, 'unknown_condition', condition.kind)
  const unmeant = meaningless(check, condition.kind, operations)
  if (unmeant !== null) flaws.add(place, item, unmeant.code, unmeant.operation)
  if (condition.kind === 'pool') checkDepartments(check, `${place}.departmentIds`, condition['departmentIds'])
  checkNames(check, `${place}.tagIds`, condition.kind === 'tags' ? condition['tagIds'] : [], names.tags, 'unknown_tag')
  checkNames(check, `${place}.groupIds`, condition.kind === 'tagGroups' ? condition['groupIds'] : [], names.tagGroups, 'unknown_tag_group')
  checkNames(check, `${place}.anyOf`, condition.kind === 'stage' ? condition['anyOf'] : [], knownStages, 'unknown_stage')
}

const knownStages: ReadonlySet<string> = new Set(Stage.options)

/** The first operation for which the condition can never be answered. In a grant it would give nothing, in a restriction take everything. */
function meaningless({ of }: GrantCheck, kind: string, operations: readonly Operation[]): { readonly code: ProblemCode, readonly operation: string } | null {
  const without = (fits: (operation: Operation) => boolean, code: ProblemCode) => {
    const operation = operations.find((one) => !knowsOnlyAll(one) && !fits(one))
    return operation === undefined ? null : { code, operation }
  }
  if (of === 'restriction' && operations.some(knowsOnlyAll)) return { code: 'condition_without_meaning', operation: operations.find(knowsOnlyAll) ?? '' }
  switch (kind) {
    case 'recordStoreIsMine': return of === 'restriction' ? { code: 'condition_without_meaning', operation: operations[0] ?? '' } : without((one) => recordUnits.has(unitOf(one)), 'records_without_store')
    case 'templateCategory':
    case 'campaign': return without((one) => withContext.has(unitOf(one)), 'condition_without_meaning')
    default: return without(isAboutCustomers, 'condition_without_meaning')
  }
}

function checkDepartments({ flaws, item, names }: GrantCheck, place: string, ids: unknown): void {
  if (!Array.isArray(ids)) return
  for (const [at, id] of ids.entries()) {
    if (typeof id === 'number' && !names.departments.has(id)) flaws.add(`${place}.${at}`, item, 'unknown_department', String(id))
  }
}

function checkNames({ flaws, item }: GrantCheck, place: string, given: unknown, known: ReadonlySet<string>, code: ProblemCode): void {
  if (!Array.isArray(given)) return
  for (const [at, name] of given.entries()) {
    if (typeof name === 'string' && !known.has(name)) flaws.add(`${place}.${at}`, item, code, name)
  }
}

function checkFields({ flaws, item, of }: GrantCheck, place: string, fields: Readonly<Record<string, string>>, operations: readonly Operation[]): void {
  const views = new Set<string>(operations.map(viewOf))
  for (const [name, shown] of Object.entries(fields)) {
    if (!isCustomerField(name)) flaws.add(`${place}.${name.slice(0, 80)}`, item, 'unknown_field', name)
    // A restriction tightens fields whatever its operations are.
    else if (of !== 'restriction' && !views.has(`${customerFields[name].unit}.view`)) flaws.add(`${place}.${name}`, item, 'field_without_view', name)
    if (!presentations.some((one) => one === shown) || (of === 'restriction' && shown === 'clear')) flaws.add(`${place}.${name.slice(0, 80)}`, item, 'unknown_presentation', shown)
  }
}
