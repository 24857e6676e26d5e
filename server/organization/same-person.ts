import { In, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { isUniqueViolation } from '../database/violations.ts'
import { staffPersons } from './organization.entity.ts'

/** All accounts of the human being behind this one, itself included. */
export async function accountsOfSamePerson(db: EntityManager, staffId: string): Promise<string[]> {
  const table = db.getRepository(staffPersons)
  const own = await table.findOneBy({ staffId })
  if (own === null) return [staffId]
  return (await table.findBy({ personId: own.personId })).map((row) => row.staffId)
}

/** Marks two accounts, and whoever was marked with either, as one person. */
export async function markSamePerson(db: EntityManager, staffId: string, otherStaffId: string): Promise<void> {
  const table = db.getRepository(staffPersons)
  const known = await table.findBy({ staffId: In([staffId, otherStaffId]) })
  const personId = known[0]?.personId ?? uuid()
  for (const row of known) await table.update({ personId: row.personId }, { personId })
  for (const id of [staffId, otherStaffId]) {
    if (known.some((row) => row.staffId === id)) continue
    try {
      await table.insert({ staffId: id, personId })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      await table.update({ staffId: id }, { personId })
    }
  }
}

/** Takes one account out of its person again. False when it was marked with nobody. */
export async function markOwnPerson(db: EntityManager, staffId: string): Promise<boolean> {
  const taken = await db.getRepository(staffPersons).delete({ staffId })
  return taken.affected === 1
}
