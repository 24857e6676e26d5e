import { In, type EntityManager } from 'typeorm'
import { roleLimits, type RoleLimit } from './grant-sources.entity.ts'

/** How much one person may open and reveal. */
export type Limits = Omit<RoleLimit, 'roleKey'>

const limits = (cardsPerHour: number, cardsPerDay: number, revealsPerDay: number): Limits => ({ cardsPerHour, cardsPerDay, revealsPerDay })

/**
 * The product's limits by role template, where `role_limits` says nothing else (S55). Wide enough for a day's work, far below
 * what somebody needs who copies the customers of a store.
 */
export const defaultRoleLimits: Readonly<Record<string, Limits>> = {
  'trainee': limits(60, 200, 5),
  'clerk': limits(120, 600, 20),
  'sales': limits(120, 600, 20),
  'service': limits(150, 800, 20),
  'service-lead': limits(300, 2_000, 20),
  'store-manager': limits(300, 2_000, 30),
  'regional-manager': limits(300, 2_000, 30),
  'sales-head': limits(1_000, 10_000, 50),
  'marketing': limits(60, 200, 5),
  'marketing-director': limits(1_000, 10_000, 20),
  'hq-operations': limits(1_000, 10_000, 20),
  'director': limits(1_000, 10_000, 50),
  'administrator': limits(60, 200, 5),
}

/** For roles of the company's own that nobody has set a limit for, and for people without a role. */
export const fallbackLimits: Limits = limits(60, 200, 5)

/** The limits of somebody with these roles: in each respect the largest of his roles. */
export async function loadLimits(db: EntityManager, roleKeys: readonly string[]): Promise<Limits> {
  const rows = roleKeys.length === 0 ? [] : await db.getRepository(roleLimits).findBy({ roleKey: In([...roleKeys]) })
  const set = new Map<string, Limits>(rows.map((row) => [row.roleKey, row]))
  const each = roleKeys.map((roleKey) => set.get(roleKey) ?? defaultRoleLimits[roleKey] ?? fallbackLimits)
  if (each.length === 0) return fallbackLimits
  return {
    cardsPerHour: Math.max(...each.map((one) => one.cardsPerHour)),
    cardsPerDay: Math.max(...each.map((one) => one.cardsPerDay)),
    revealsPerDay: Math.max(...each.map((one) => one.revealsPerDay)),
  }
}
