import { operations, viewOf, type Operation, type RoleGrant } from '#shared/access/index'
import type { World, WorldStaff } from './world.ts'

/**
 * What a person holds, from every source, read from DESIGN and docs/access.md as literally as possible. Shares nothing with the engine.
 */
export interface Held {
  readonly id: string
  /** Scope, conditions and fields; its operations are those of `gives`. */
  readonly grant: RoleGrant
  readonly gives: (operation: Operation) => boolean
  readonly from: number
  readonly until: number
}

export function heldBy(world: World, person: WorldStaff): Held[] {
  if (person.status !== 'active') return []
  return [...ofRoles(world, person), ...ofTemporaryGrants(world, person), ...ofNodes(world, person), ...ofShares(world, person)]
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** Edit implies view, operate implies view, neither implies the other. */
const givenBy = (named: readonly Operation[]) => (operation: Operation) => named.some((one) => one === operation || viewOf(one) === operation)
const always = { from: -Infinity, until: Infinity }

/** "Never export", nothing of the system, and no decisions about others. */
const neverForATime = (operation: Operation) => /^(system\.|marketing\.strategy\.|marketing\.approvals\.|marketing\.reports\.operate$)/.test(operation)
const forATime = (named: readonly Operation[]) => named.filter((operation) => !neverForATime(operation))

function ofRoles(world: World, person: WorldStaff): Held[] {
  return [...person.roleKeys].sort().flatMap((key) => (world.roles[key] ?? []).map((grant, place) => ({ id: `role:${key}#${place + 1}`, grant, gives: givenBy(grant.operations), ...always })))
}

function ofTemporaryGrants(world: World, person: WorldStaff): Held[] {
  return world.temporary.flatMap((one) => {
    const campaign = world.campaigns.find(({ id }) => id === one.campaignId)
    const mine = one.staffId === person.id || campaign?.members.includes(person.id) === true
    if (one.state !== 'granted' || !mine || forATime(one.grant.operations).length === 0) return []
    const from = Math.max(one.fromAt, campaign?.fromAt ?? -Infinity)
    const until = Math.min(one.untilAt, campaign?.untilAt ?? Infinity, campaign?.endedAt ?? Infinity)
    return [{ id: `temporary:${one.id}`, grant: one.grant, gives: givenBy(forATime(one.grant.operations)), from, until }]
  })
}

/** "The flow goes there, the permission goes along": one more condition. */
function ofNodes(world: World, person: WorldStaff): Held[] {
  return world.nodeGrants.flatMap((one): Held[] => {
    const meant = one.subject.staffIds.includes(person.id) || one.subject.roles.some((role) => person.roleKeys.includes(role))
    if (one.endedAt !== null || !meant) return []
    const grant: RoleGrant = { ...one.grant, conditions: [...one.grant.conditions, { kind: 'journeyNode', match: one.keepsOpen ? 'reached' : 'current', anyOf: [one.nodeKey] }] }
    return [{ id: `node:${one.nodeKey}#${one.id}`, grant, gives: givenBy(forATime(one.grant.operations)), ...always }]
  })
}

/** Each grant of the recipient's roles with this one customer in its scope, as far as the share names the operation. */
function ofShares(world: World, person: WorldStaff): Held[] {
  return world.shares.filter((one) => one.staffId === person.id && one.endedAt === null).flatMap((one) => {
    const named = forATime(operations.filter((operation) => one.operations.includes(operation)))
    return ofRoles(world, person).flatMap((role): Held[] => {
      const both = named.filter(role.gives)
      if (both.length === 0) return []
      return [{
        id: `share:${one.id}`,
        grant: { ...role.grant, scope: { kind: 'customers', customerIds: [one.customerId] } },
        gives: givenBy(both),
        from: one.fromAt,
        until: one.untilAt,
      }]
    })
  })
}
