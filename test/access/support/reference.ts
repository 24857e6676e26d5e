import {
  customerFields, isCustomerBound, viewOf,
  type Condition, type CustomerField, type FieldRule, type Operation, type Presentation, type Restriction, type RoleGrant, type Scope,
} from '#shared/access/index'
import type { World, WorldCustomer, WorldStaff } from './world.ts'

/**
 * The meaning of the rules a third time, as slow and literal as possible and sharing nothing with the engine:
 * true, false, or null for "cannot be evaluated".
 */
type Answer = boolean | null

const every = (answers: readonly Answer[]): Answer => (answers.includes(false) ? false : answers.includes(null) ? null : true)
const either = (answers: readonly Answer[]): Answer => (answers.includes(true) ? true : answers.includes(null) ? null : false)

/** What the reference decides about a customer, or about one of his records when its store is given. */
export function referenceAllows(world: World, staffId: string, operation: Operation, customer: WorldCustomer, store?: number): boolean {
  const person = world.staff.find((one) => one.id === staffId)
  if (person === undefined || person.status !== 'active') return false
  const ask = (asked: Operation) => granted(world, person, asked, customer, store) && !restricted(world, person, asked, customer)
  return ask(operation) && (!isCustomerBound(operation) || ask('customer.profile.view'))
}

const order: readonly Presentation[] = ['hidden', 'masked', 'clear']

/** How the reference shows a field, and whether it may be written. */
export function referenceField(world: World, staffId: string, field: CustomerField, customer: WorldCustomer): { readonly shown: Presentation, readonly writable: boolean } {
  const hidden = { shown: 'hidden', writable: false } as const
  const rule: FieldRule = customerFields[field]
  const person = world.staff.find((one) => one.id === staffId)
  const view: Operation = `${rule.unit}.view`
  if (person === undefined || !referenceAllows(world, staffId, view, customer)) return hidden
  const reaching = (operation: Operation) => grantsInForce(world, person).filter((grant) => gives(world, person, grant, operation, customer)
    && (rule.overRecords === true || grant.conditions.every((condition) => condition.kind !== 'recordStoreIsMine')))
  const said = reaching(view).map((grant): Presentation => {
    const own = grant.fields[field]
    if (own !== undefined) return own
    const signs = rule.clearWith !== undefined && grant.operations.includes(rule.clearWith) && !restricted(world, person, rule.clearWith, customer)
    return signs ? 'clear' : rule.default
  })
  const limits = world.restrictions.flatMap((restriction): Presentation[] => {
    const limit = restriction.fields?.[field]
    return limit !== undefined && applies(world, person, restriction, customer) ? [limit] : []
  })
  const widest = Math.max(0, ...said.map((one) => order.indexOf(one)))
  const shown = order[Math.min(widest, ...limits.map((one) => order.indexOf(one)))] ?? 'hidden'
  if (shown === 'hidden' || rule.writtenBy === undefined) return { shown, writable: false }
  return { shown, writable: referenceAllows(world, staffId, rule.writtenBy, customer) && reaching(rule.writtenBy).length > 0 }
}

function granted(world: World, person: WorldStaff, operation: Operation, customer: WorldCustomer, store?: number): boolean {
  return grantsInForce(world, person).some((grant) => gives(world, person, grant, operation, customer, store))
}

function grantsInForce(world: World, person: WorldStaff): RoleGrant[] {
  const timed = person.timed.filter(({ from, until }) => (from === undefined || from <= world.now) && (until === undefined || world.now < until))
  return [...person.roleKeys.flatMap((key) => world.roles[key] ?? []), ...timed.map((one) => one.grant)]
}

function gives(world: World, person: WorldStaff, grant: RoleGrant, operation: Operation, customer: WorldCustomer, store?: number): boolean {
  if (!grant.operations.some((one) => one === operation || viewOf(one) === operation)) return false
  if (isBeside(operation)) {
    return grant.scope.kind === 'all' && grant.conditions.length === 0
  }
  const mine = person.departmentIds.filter((id) => world.departments.some((node) => node.id === id && !node.deleted))
  const conditions = grant.conditions.map((condition): Answer => {
    if (condition.kind !== 'recordStoreIsMine') return conditionHolds(world, condition, customer)
    if (!/^(customer\.(spending|contract)|talk\.)/.test(operation)) return null
    return mine.length > 0 && (store === undefined || mine.includes(store))
  })
  return every([reaches(world, person, grant.scope, customer, false), ...conditions]) === true
}

function restricted(world: World, person: WorldStaff, operation: Operation, customer: WorldCustomer): boolean {
  return world.restrictions.some((rule) => {
    if (rule.fields !== undefined && Object.keys(rule.fields).length > 0) return false
    if (!takes(rule, operation)) return false
    return isBeside(operation) ? meets(rule, person) && inTime(world, rule) : applies(world, person, rule, customer)
  })
}

function applies(world: World, person: WorldStaff, rule: Restriction, customer: WorldCustomer): boolean {
  if (!meets(rule, person) || !inTime(world, rule)) return false
  const conditions = rule.conditions.map((condition): Answer => (condition.kind === 'recordStoreIsMine' ? null : conditionHolds(world, condition, customer)))
  return every([reaches(world, person, rule.scope, customer, true), ...conditions]) !== false
}

const inTime = (world: World, rule: Restriction) => world.now >= (rule.from ?? -Infinity) && world.now < (rule.until ?? Infinity)

function meets(rule: Restriction, person: WorldStaff): boolean {
  const named = rule.subject.everyone || rule.subject.staffIds.includes(person.id) || rule.subject.roles.some((role) => person.roleKeys.includes(role))
  return named && !rule.subject.except.includes(person.id)
}

function takes(rule: Restriction, operation: Operation): boolean {
  return rule.operations.includes(operation) || rule.operations.includes(viewOf(operation))
    || (isCustomerBound(operation) && rule.operations.includes('customer.profile.view'))
}

const isBeside = (operation: Operation) => operation.startsWith('system.') || operation.startsWith('marketing.strategy')

function reaches(world: World, person: WorldStaff, scope: Scope, customer: WorldCustomer, forDeny: boolean): Answer {
  const live = customer.follows.filter((follow) => !follow.ended)
  const node = (id: number) => world.departments.find((one) => one.id === id)
  const counts = (id: number) => forDeny || node(id)?.deleted === false
  const mine = person.departmentIds.filter(counts)
  const lost = forDeny && (mine.length === 0 || mine.some((id) => node(id) === undefined))
  const isBelow = (id: number, top: number) => counts(id) && (id === top || node(id)?.path.includes(`/${top}/`) === true)
  const places: (number | null)[] = live.map((follow) => follow.departmentId)
  if (customer.ownerStaffId !== null || customer.ownerDepartmentId !== null) places.push(customer.ownerDepartmentId)
  if (customer.poolDepartmentId !== null) places.push(customer.poolDepartmentId)
  const inside = (test: (id: number) => boolean): Answer => either(places.map((id) => (id === null ? null : test(id))))
  switch (scope.kind) {
    case 'all': return true
    case 'own': return customer.ownerStaffId === person.id
    case 'followed': return customer.ownerStaffId === person.id || live.some((follow) => follow.staffId === person.id)
    case 'team': return lost ? null : inside((id) => mine.includes(id))
    case 'subtree': return lost ? null : inside((id) => mine.some((top) => isBelow(id, top)))
    case 'departments': return inside((id) => scope.departmentIds.some((top) => isBelow(id, top)))
    case 'customers': return scope.customerIds.includes(customer.id)
    case 'pool': {
      if (lost) return null
      const pool = customer.poolDepartmentId
      return pool !== null && counts(pool) && mine.some((id) => id === pool || node(id)?.path.includes(`/${pool}/`) === true)
    }
  }
}

function conditionHolds(world: World, condition: Condition, customer: WorldCustomer): Answer {
  switch (condition.kind) {
    case 'tags': return matched(condition.match, condition.tagIds.map((id) => customer.tagIds.includes(id)))
    case 'tagGroups': {
      const unknown = customer.tagIds.some((id) => world.tagGroups[id] === undefined)
      return matched(condition.match, condition.groupIds.map((group) =>
        customer.tagIds.some((id) => world.tagGroups[id] === group) || (unknown ? null : false)))
    }
    case 'stage': return condition.anyOf.includes(customer.stage)
    case 'openTask': return condition.anyOf.some((type) => customer.openTasks.includes(type))
    case 'journeyNode': return condition.anyOf.some((node) => customer.nodes.includes(node) || (condition.match === 'reached' && customer.formerNodes?.includes(node) === true))
    case 'valueTier': return customer.valueTier === null ? null : customer.valueTier >= condition.atLeast
    case 'spend': return customer.orders.reduce((sum, order) => sum + order.amountFen, 0) >= condition.atLeastFen
    case 'pool': return customer.poolDepartmentId !== null && condition.departmentIds.includes(customer.poolDepartmentId)
    case 'recordStoreIsMine':
    case 'templateCategory':
    case 'campaign': return null
  }
}

function matched(match: 'any' | 'all' | 'none', answers: readonly Answer[]): Answer {
  if (match === 'all') return every(answers)
  const any = either(answers)
  return match === 'any' || any === null ? any : !any
}
