import { In, type EntityManager } from 'typeorm'
import { defaultRoleLimits, fallbackLimits, type Limits } from '#shared/access/limits'
import { roleLimits } from './grant-sources.entity.ts'

export { defaultRoleLimits, fallbackLimits, type Limits }

/** The limits of somebody with these roles: in each respect the largest of his roles. */
export async function loadLimits(db: EntityManager, roleKeys: readonly string[]): Promise<Limits> {
  if (roleKeys.length === 0) return fallbackLimits
  const rows = await db.getRepository(roleLimits).findBy({ roleKey: In([...roleKeys]) })
  const set = new Map<string, Limits>(rows.map((row) => [row.roleKey, row]))
  const each = roleKeys.map((roleKey) => set.get(roleKey) ?? defaultRoleLimits[roleKey] ?? fallbackLimits)
  return {
    cardsPerHour: Math.max(...each.map((one) => one.cardsPerHour)),
    cardsPerDay: Math.max(...each.map((one) => one.cardsPerDay)),
    revealsPerDay: Math.max(...each.map((one) => one.revealsPerDay)),
  }
}
