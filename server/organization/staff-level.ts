import { In, type EntityManager } from 'typeorm'
import type { Access } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { staff } from './organization.entity.ts'

/** 0 none, 1 silver, 2 gold, 3 platinum: what a consultant has reached (S41). Somebody unknown has none. */
export async function staffLevelOf(db: EntityManager, staffId: string): Promise<number> {
  return (await staffLevelsOf(db, [staffId])).get(staffId) ?? 0
}

/** The same for many; whoever is not in the map has none. */
export async function staffLevelsOf(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, number>> {
  const rows = staffIds.length === 0 ? [] : await db.getRepository(staff).find({ select: { id: true, level: true }, where: { id: In([...new Set(staffIds)]) } })
  return new Map(rows.map((row) => [row.id, row.level ?? 0]))
}

/** Sets somebody's level, by whoever publishes the marketing strategy at this moment. Throws `access.denied`, `staff.not_found`. */
export async function setStaffLevel({ access, audit }: { readonly access: Access, readonly audit: Audit }, work: UnitOfWork, byStaffId: string, userid: string, level: number): Promise<void> {
  const actor = await access.actorFor(byStaffId, work.db)
  actor.requireSystem('marketing.strategy.operate')
  const person = await work.db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() })
  if (person === null || person.leftAt !== null) throw new ProjectError('staff.not_found', 404)
  await work.db.getRepository(staff).update({ id: person.id }, { level, updatedAt: access.clock.now() })
  await audit.record(work.db, {
    actorKind: 'staff', actorId: byStaffId, action: 'staff.level-set', operation: 'marketing.strategy.operate', subjectKind: 'staff', subjectId: person.id, outcome: 'done',
    details: { before: person.level ?? 0, level },
  })
}
