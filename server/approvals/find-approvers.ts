import { In } from 'typeorm'
import type { Operation } from '#shared/access/index'
import { rolesGiving, staffRoles } from '../access/index.ts'
import { staff, staffDepartments } from '../organization/index.ts'
import type { ApprovalRow } from './approval.entity.ts'
import { administratorLevel, lineOf, standingOf, type Reading } from './standing.ts'

/** More are not written to at once: with so many, nobody feels meant. */
const mostAsked = 50

export interface Level {
  readonly level: number
  readonly staffIds: readonly string[]
}

/**
 * Everybody who may decide this request by what is in force, nearest first: those of the department, of the one above, and so on,
 * those with a right over everything, at last the administrators. Roles only lead to the people; each is then asked about by
 * the same rule that holds at the tap.
 */
export async function levelsOf(reading: Reading, row: ApprovalRow): Promise<Level[]> {
  const levels = new Map<number, string[]>()
  for (const staffId of await candidates(reading, row)) {
    const standing = await standingOf(reading, row, staffId)
    const level = standing.may ? standing.level : standing.reason === 'not-asked' ? administratorLevel : null
    if (level !== null) levels.set(level, [...levels.get(level) ?? [], staffId])
  }
  return [...levels].map(([level, staffIds]) => ({ level, staffIds: staffIds.slice(0, mostAsked) })).sort((one, other) => one.level - other.level)
}

async function candidates(reading: Reading, row: ApprovalRow): Promise<string[]> {
  const administrators = await holdersOf(reading, 'system.policy.operate')
  if (row.reach === 'company') return administrators
  // Two who publish strategy are each other's second person, whichever role gives it to them.
  if (row.reach === 'strategy') return holdersOf(reading, 'marketing.strategy.operate')
  const line = await lineOf(reading.db, row)
  const above = [...new Set(line.flatMap((place) => place?.path.split('/').filter((step) => step !== '').map(Number) ?? []))]
  const near = above.length === 0 ? [] : (await reading.db.getRepository(staffDepartments).findBy({ departmentId: In(above) })).map((one) => one.staffId)
  if (row.reach === 'marketing') return holdersOf(reading, 'marketing.templates.operate', new Set(near))
  return [...new Set([...await holdersOf(reading, 'marketing.approvals.operate', new Set(near)), ...administrators])]
}

/** Active people with a role that gives the operation: those of `near`, and wherever they are those whose role reaches beyond their departments. */
export async function holdersOf(reading: Reading, operation: Operation, near: ReadonlySet<string> = new Set()): Promise<string[]> {
  const giving = await rolesGiving(reading.db, operation)
  if (giving.length === 0) return []
  const wide = new Set(giving.filter((role) => role.wide).map((role) => role.roleKey))
  const held = await reading.db.getRepository(staffRoles).find({ where: { roleKey: In(giving.map((role) => role.roleKey)) }, order: { since: 'ASC', staffId: 'ASC' } })
  const found = [...new Set(held.filter((one) => wide.has(one.roleKey) || near.has(one.staffId)).map((one) => one.staffId))]
  if (found.length === 0) return []
  const active = new Set((await reading.db.getRepository(staff).find({ select: { id: true }, where: { id: In(found), status: 'active' } })).map((one) => one.id))
  return found.filter((id) => active.has(id))
}
