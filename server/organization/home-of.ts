import type { EntityManager } from 'typeorm'
import { staff, staffDepartments } from './organization.entity.ts'

/** Where what somebody makes or owns belongs: WeCom's main department where it is in force here, else the first that is. */
export async function homeOf(db: EntityManager, staffId: string): Promise<number | null> {
  const person = await db.getRepository(staff).findOneBy({ id: staffId })
  const mine = await db.getRepository(staffDepartments).find({ where: { staffId }, order: { since: 'ASC', departmentId: 'ASC' } })
  return mine.find((one) => one.departmentId === person?.mainDepartmentId)?.departmentId ?? mine[0]?.departmentId ?? null
}
