import { fallbackRole } from '../access/index.ts'
import type { DirectoryChangeKind } from './organization.entity.ts'

/** What is in force for a person here, or wanted by WeCom's directory. */
export interface Membership {
  readonly departmentId: number
  readonly isLeader: boolean
}

export interface MembershipPlan {
  /** In force from now on, department by department. */
  readonly inForce: readonly Membership[]
  /** What would add rights and therefore waits (S54). */
  readonly waiting: readonly { readonly kind: DirectoryChangeKind; readonly departmentId: number }[]
}

/**
 * Compares what is in force with what WeCom's directory says (S54): what WeCom took away is gone at once,
 * what WeCom added waits for a decision. `trustAdditions` is for people who never had rights here before.
 */
export function planMemberships(inForce: readonly Membership[], wanted: readonly Membership[], trustAdditions: boolean): MembershipPlan {
  const now = new Map(inForce.map((one) => [one.departmentId, one.isLeader]))
  const next: Membership[] = []
  const waiting: { kind: DirectoryChangeKind; departmentId: number }[] = []
  for (const { departmentId, isLeader } of wanted) {
    const had = now.get(departmentId)
    if (trustAdditions) {
      next.push({ departmentId, isLeader })
      continue
    }
    if (had === undefined) waiting.push({ kind: 'department', departmentId })
    else next.push({ departmentId, isLeader: isLeader && had })
    if (isLeader && had !== true) waiting.push({ kind: 'leader', departmentId })
  }
  return { inForce: next, waiting }
}

/** How far each template reaches: which superiors decide about it. A template that is not listed counts as the highest. */
const reach: Readonly<Record<string, number>> = {
  'trainee': 0, 'clerk': 1, 'sales': 1, 'service': 1, 'marketing': 2, 'service-lead': 2, 'store-manager': 2,
  'regional-manager': 3, 'marketing-director': 4, 'hq-operations': 4, 'sales-head': 5, 'director': 6,
}

/** 0 a trainee, 1 own customers, 2 a store or team, 3 a region, more the company. A role that is no template counts as the company. */
export const reachOf = (roleKey: string): number => reach[roleKey] ?? Infinity

export interface RolePlan {
  readonly inForce: string
  readonly waiting: string | null
}

/**
 * Which role by rule holds now, and which waits. `atOnce`: somebody decided here, or what the role gives may hold without that.
 * What the rules no longer give is gone in any case.
 */
export function planRole(current: string | null, byRule: string, atOnce: boolean): RolePlan {
  return atOnce || byRule === current || byRule === fallbackRole ? { inForce: byRule, waiting: null } : { inForce: fallbackRole, waiting: byRule }
}
