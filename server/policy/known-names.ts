import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { DraftDocument, DraftRestriction } from '#shared/contracts/policy-document'
import type { PolicyPerson } from '#shared/contracts/policy'
import { selectNamed } from '../access/index.ts'
import { departments, staff } from '../organization/index.ts'
import type { KnownNames } from './flaws.ts'

const Tag = z.object({ id: z.string(), groupId: z.string() })
const Role = z.object({ roleKey: z.string() })

/** Looks up whatever the rules of these documents could name. */
export async function loadKnownNames(db: EntityManager, staffIds: readonly string[]): Promise<KnownNames> {
  const tree = await db.getRepository(departments).find({ select: { id: true } })
  // The table belongs to a domain further right; rules name its rows (`access/tables.ts`).
  const tags = z.array(Tag).parse(await selectNamed(db, 'SELECT id, group_id AS groupId FROM tags', {}))
  const held = z.array(Role).parse(await selectNamed(db,
    `SELECT DISTINCT held.role_key AS roleKey FROM staff_roles held JOIN staff s ON s.id = held.staff_id WHERE s.status <> 'left'`, {}))
  return {
    departments: new Set(tree.map((row) => row.id)),
    tags: new Set(tags.map((tag) => tag.id)),
    tagGroups: new Set(tags.map((tag) => tag.groupId)),
    staffIds: new Set((await peopleOf(db, staffIds)).map((person) => person.staffId)),
    heldRoles: new Set(held.map((row) => row.roleKey)),
  }
}

/** Every staff id that a document names. */
export function staffNamedIn(document: DraftDocument): string[] {
  return [...new Set([
    ...document.restrictions.flatMap((one) => staffNamedBy(one.definition)),
    ...document.nodeGrants.flatMap((one) => one.subject.staffIds),
  ])]
}

export const staffNamedBy = ({ subject }: DraftRestriction): string[] => [...subject.staffIds, ...subject.except]

const atOnce = 500

/** Those of these ids that are staff, with their names. */
export async function peopleOf(db: EntityManager, staffIds: readonly string[]): Promise<PolicyPerson[]> {
  const people: PolicyPerson[] = []
  const wanted = [...new Set(staffIds)]
  for (let start = 0; start < wanted.length; start += atOnce) {
    const rows = await db.getRepository(staff).findBy({ id: In(wanted.slice(start, start + atOnce)) })
    people.push(...rows.map((row) => ({ staffId: row.id, userid: row.wecomUserid, name: row.name, active: row.status === 'active' })))
  }
  return people
}
