import { In, Not, type EntityManager } from 'typeorm'
import type { PolicyTemplateRule } from '#shared/contracts/policy-document'
import { stable } from '#shared/access/index'
import { assignRole, staffRoles } from '../access/index.ts'
import { departments, directoryChanges, staff, staffDepartments, type Staff } from '../organization/index.ts'

/** Somebody whose role by rule is another one under other rules. */
export interface RuleChange {
  readonly person: Staff
  readonly from: string | null
  readonly to: string
  /** All his roles afterwards. */
  readonly rolesAfter: readonly string[]
}

/**
 * Who gets another role when these rules of assignment take the place of those. Whoever keeps his role under both is not
 * touched, and neither is somebody whose role waits for a decision about his place in WeCom's directory (S54).
 */
export async function ruleChanges(db: EntityManager, before: readonly PolicyTemplateRule[], after: readonly PolicyTemplateRule[]): Promise<RuleChange[]> {
  if (stable(before) === stable(after)) return []
  const tree = new Map((await db.getRepository(departments).find()).map((row) => [row.id, row]))
  const memberships = await db.getRepository(staffDepartments).find()
  const placesOf = groupBy(memberships)
  const heldBy = groupBy(await db.getRepository(staffRoles).find())
  const waiting = new Set((await db.getRepository(directoryChanges).findBy({ status: 'waiting', kind: In(['role', 'return']) })).map((row) => row.staffId))
  const people = await db.getRepository(staff).find({ where: { status: Not('left') }, order: { userid: 'ASC' } })
  return people.flatMap((person): RuleChange[] => {
    if (waiting.has(person.id)) return []
    const mine = placesOf.get(person.id) ?? []
    const facts = { departments: mine.flatMap((one) => tree.get(one.departmentId) ?? []), position: person.position, leader: mine.some((one) => one.isLeader) }
    const to = assignRole(after, facts)
    if (assignRole(before, facts) === to) return []
    const held = heldBy.get(person.id) ?? []
    const from = held.find((one) => one.source === 'rule')?.roleKey ?? null
    const kept = held.filter((one) => one.source !== 'rule').map((one) => one.roleKey)
    return from === to ? [] : [{ person, from, to, rolesAfter: [...new Set([...kept, to])].sort() }]
  })
}

function groupBy<T extends { readonly staffId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) groups.set(row.staffId, [...groups.get(row.staffId) ?? [], row])
  return groups
}
