import { In, type EntityManager } from 'typeorm'
import { ProjectError } from '../errors.ts'
import { staff, type Staff } from '../organization/index.ts'

export interface PersonName {
  readonly userid: string
  readonly name: string
}

const atOnce = 500

/** Names of these people by id; unknown ids are absent. */
export async function namesOf(db: EntityManager, staffIds: readonly (string | null)[]): Promise<(staffId: string | null) => PersonName | null> {
  const wanted = [...new Set(staffIds.flatMap((id) => id ?? []))]
  const names = new Map<string, PersonName>()
  for (let start = 0; start < wanted.length; start += atOnce) {
    for (const row of await db.getRepository(staff).findBy({ id: In(wanted.slice(start, start + atOnce)) })) names.set(row.id, { userid: row.userid, name: row.name })
  }
  return (staffId) => (staffId === null ? null : names.get(staffId) ?? null)
}

/** Throws `staff.not_found`. */
export async function findPerson(db: EntityManager, userid: string): Promise<Staff> {
  const person = await db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() })
  // The MySQL family ignores blanks at the end when it compares.
  if (person === null || person.userid !== userid.toLowerCase()) throw new ProjectError('staff.not_found', 404)
  return person
}

/** Somebody who can be given something. Throws `staff.not_found`, `staff.inactive`. */
export async function findActive(db: EntityManager, userid: string): Promise<Staff> {
  const person = await findPerson(db, userid)
  if (person.status !== 'active') throw new ProjectError('staff.inactive', 409)
  return person
}

/** Throws `staff.not_found`, `staff.inactive` for the first whom it concerns. */
export async function findAllActive(db: EntityManager, userids: readonly string[]): Promise<Staff[]> {
  const people: Staff[] = []
  for (const userid of new Set(userids.map((one) => one.toLowerCase()))) people.push(await findActive(db, userid))
  return people
}

/** Whether this person is active; asked again when something is decided. */
export const isActive = (db: EntityManager, staffId: string): Promise<boolean> => db.getRepository(staff).existsBy({ id: staffId, status: 'active' })
