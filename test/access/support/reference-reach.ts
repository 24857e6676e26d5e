import type { Condition, Scope } from '#shared/access/index'
import type { Question } from './random-world.ts'
import type { World, WorldCustomer, WorldStaff, WorldThing } from './world.ts'

/** True, false, or null for "cannot be evaluated". */
export type Answer = boolean | null

export const every = (answers: readonly Answer[]): Answer => (answers.includes(false) ? false : answers.includes(null) ? null : true)
export const either = (answers: readonly Answer[]): Answer => (answers.includes(true) ? true : answers.includes(null) ? null : false)

const nodeOf = (world: World, id: number) => world.departments.find((one) => one.id === id)
/** Grants know only living departments, restrictions also deleted and unknown ones. */
const counts = (world: World, forDeny: boolean) => (id: number) => forDeny || nodeOf(world, id)?.deleted === false

export function myDepartments(world: World, person: WorldStaff, forDeny: boolean): number[] {
  return person.departmentIds.filter(counts(world, forDeny))
}

/** For a restriction: "my" departments are not known, so they could be any. */
export function isLost(world: World, person: WorldStaff, scope: Scope): boolean {
  const about = scope.kind === 'team' || scope.kind === 'subtree' || scope.kind === 'pool'
  return about && (person.departmentIds.length === 0 || person.departmentIds.some((id) => nodeOf(world, id) === undefined))
}

/** Where a scope lies: a test for one department, or null when only people or names count. */
function area(world: World, person: WorldStaff, scope: Scope, forDeny: boolean): ((id: number) => boolean) | null {
  const alive = counts(world, forDeny)
  const below = (id: number, top: number) => alive(id) && (id === top || nodeOf(world, id)?.path.includes(`/${top}/`) === true)
  const mine = myDepartments(world, person, forDeny)
  switch (scope.kind) {
    case 'team': return (id) => mine.includes(id)
    case 'subtree': return (id) => mine.some((top) => below(id, top))
    case 'departments': return (id) => scope.departmentIds.some((top) => below(id, top))
    default: return null
  }
}

export function scopeReaches(world: World, person: WorldStaff, scope: Scope, customer: WorldCustomer, forDeny: boolean): Answer {
  const live = customer.follows.filter((follow) => !follow.ended)
  if (forDeny && isLost(world, person, scope)) return null
  const places: (number | null)[] = live.map((follow) => follow.departmentId)
  if (customer.ownerStaffId !== null || customer.ownerDepartmentId !== null) places.push(customer.ownerDepartmentId)
  if (customer.poolDepartmentId !== null) places.push(customer.poolDepartmentId)
  const inside = area(world, person, scope, forDeny)
  if (inside !== null) return either(places.map((id) => (id === null ? null : inside(id))))
  switch (scope.kind) {
    case 'own': return customer.ownerStaffId === person.id
    case 'followed': return customer.ownerStaffId === person.id || live.some((follow) => follow.staffId === person.id)
    case 'customers': return scope.customerIds.includes(customer.id)
    case 'pool': {
      const pool = customer.poolDepartmentId
      return pool !== null && counts(world, forDeny)(pool) && myDepartments(world, person, forDeny).some((id) => id === pool || nodeOf(world, id)?.path.includes(`/${pool}/`) === true)
    }
    default: return true
  }
}

/** Marketing things lie in a department and were made by somebody; what only customers have is unknown of them. */
export function scopeReachesThing(world: World, person: WorldStaff, scope: Scope, thing: WorldThing, forDeny: boolean): Answer {
  if (scope.kind === 'all') return true
  if (forDeny && isLost(world, person, scope)) return null
  const inside = area(world, person, scope, forDeny)
  if (inside !== null) return thing.departmentId === null ? null : inside(thing.departmentId)
  if (scope.kind === 'own' || scope.kind === 'followed') return thing.creatorStaffId === null ? null : thing.creatorStaffId === person.id
  return null
}

export function contextHolds(condition: Condition, context: Question['context']): Answer {
  const among = (list: readonly string[], given: string | undefined) => (given === undefined ? null : list.includes(given))
  if (condition.kind === 'campaign') return among(condition.anyOf, context.campaign)
  if (condition.kind === 'templateCategory') return among(condition.anyOf, context.templateCategory)
  return null
}

/** `recordStoreIsMine` is about a record: null of a customer. */
export function conditionHolds(world: World, condition: Condition, customer: WorldCustomer, context: Question['context']): Answer {
  switch (condition.kind) {
    case 'tags': return matched(condition.match, condition.tagIds.map((id) => customer.tagIds.includes(id)))
    case 'tagGroups': {
      const unknown = customer.tagIds.some((id) => world.tagGroups[id] === undefined)
      return matched(condition.match, condition.groupIds.map((group) => customer.tagIds.some((id) => world.tagGroups[id] === group) || (unknown ? null : false)))
    }
    case 'stage': return condition.anyOf.includes(customer.stage)
    case 'openTask': return condition.anyOf.some((type) => customer.openTasks.includes(type))
    case 'journeyNode': return condition.anyOf.some((node) => customer.nodes.includes(node) || (condition.match === 'reached' && customer.formerNodes?.includes(node) === true))
    case 'valueTier': return customer.valueTier === null ? null : customer.valueTier >= condition.atLeast
    case 'spend': return customer.orders.reduce((sum, order) => sum + order.amountFen, 0) >= condition.atLeastFen
    case 'pool': return customer.poolDepartmentId !== null && condition.departmentIds.includes(customer.poolDepartmentId)
    case 'recordStoreIsMine':
    case 'templateCategory':
    case 'campaign': return contextHolds(condition, context)
  }
}

function matched(match: 'any' | 'all' | 'none', answers: readonly Answer[]): Answer {
  if (match === 'all') return every(answers)
  const any = either(answers)
  return match === 'any' || any === null ? any : !any
}
