import { In, type EntityManager } from 'typeorm'
import type { ActorAccess } from '../access/index.ts'
import { ProjectError } from '../errors.ts'
import { staff } from '../organization/index.ts'
import { broadcasts, type Broadcast } from './broadcast.entity.ts'

export const broadcastNotFound = () => new ProjectError('broadcast.not_found', 404)

export const resourceOf = (row: Pick<Broadcast, 'departmentId' | 'creatorStaffId' | 'category'>) =>
  ({ departmentId: row.departmentId, creatorStaffId: row.creatorStaffId, ...(row.category === null ? {} : { templateCategory: row.category }) })

/** An own broadcast; those of others and unknown ones are both not found. */
export async function ownBroadcast(db: EntityManager, staffId: string, id: string): Promise<Broadcast> {
  const row = await db.getRepository(broadcasts).findOneBy({ id, creatorStaffId: staffId })
  if (row === null) throw broadcastNotFound()
  return row
}

/** A broadcast in this person's scope; all others are not found. */
export async function reachedBroadcast(db: EntityManager, actor: ActorAccess, operation: 'marketing.broadcasts.view' | 'marketing.broadcasts.operate', id: string): Promise<Broadcast> {
  const row = await db.getRepository(broadcasts).findOneBy({ id })
  if (row === null || !actor.decideResource('marketing.broadcasts.view', resourceOf(row)).allowed) throw broadcastNotFound()
  if (operation !== 'marketing.broadcasts.view') actor.requireResource(operation, resourceOf(row))
  return row
}

export interface PersonName {
  readonly userid: string
  readonly name: string
}

export async function namesOf(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, PersonName>> {
  const found = new Map<string, PersonName>()
  for (let from = 0; from < staffIds.length; from += 500) {
    for (const { id, userid, name } of await db.getRepository(staff).findBy({ id: In(staffIds.slice(from, from + 500)) })) found.set(id, { userid, name })
  }
  return found
}
