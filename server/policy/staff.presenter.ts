import { In, IsNull, Like, type EntityManager } from 'typeorm'
import type { z } from 'zod'
import type { StaffListItem } from '#shared/contracts/staff'
import { roles, staffRoles, temporaryGrants } from '../access/index.ts'
import { approvalRequests } from '../approvals/index.ts'
import { departments, directoryChanges, staffDepartments, type Staff } from '../organization/index.ts'
import { waitingToJoin } from './campaign.presenter.ts'

type Face = Omit<z.input<typeof StaffListItem>, 'waiting'>

/** Departments and roles of these people, in a few queries for all of them. */
export async function facesOf(db: EntityManager, people: readonly Staff[]): Promise<Map<string, Face>> {
  if (people.length === 0) return new Map()
  const staffId = In(people.map((person) => person.id))
  const held = await db.getRepository(staffRoles).find({ where: { staffId }, order: { since: 'ASC', roleKey: 'ASC' } })
  const labels = new Map((await db.getRepository(roles).find({ select: { roleKey: true, label: true } })).map((role) => [role.roleKey, role.label]))
  const memberships = await db.getRepository(staffDepartments).find({ where: { staffId }, order: { since: 'ASC', departmentId: 'ASC' } })
  const ids = [...new Set(memberships.map((one) => one.departmentId))]
  const places = new Map(ids.length === 0 ? [] : (await db.getRepository(departments).findBy({ id: In(ids), deletedAt: IsNull() })).map((row) => [row.id, row]))
  return new Map(people.map((person) => [person.id, {
    staffId: person.id, userid: person.userid, name: person.name, position: person.position, status: person.status,
    departments: memberships.filter((one) => one.staffId === person.id).flatMap(({ departmentId, isLeader }) => {
      const place = places.get(departmentId)
      return place === undefined ? [] : [{ id: place.id, name: place.name, kind: place.kind, leader: isLeader }]
    }),
    roles: held.filter((one) => one.staffId === person.id).map(({ roleKey, source, since }) => ({ roleKey, label: labels.get(roleKey) ?? roleKey, source, since })),
    joinedOn: dayOf(person.joinedOn),
  }]))
}

/** YYYY-MM-DD. */
export const dayOf = (joinedOn: number | null): string | null => (joinedOn === null ? null : new Date(joinedOn).toISOString().slice(0, 10))

/** How many changes of rights wait for each of these people. */
export async function waitingOfMany(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, number>> {
  if (staffIds.length === 0) return new Map()
  const found = [
    ...(await db.getRepository(directoryChanges).findBy({ staffId: In([...staffIds]), status: 'waiting' })).map((one) => one.staffId),
    ...(await db.getRepository(temporaryGrants).findBy({ staffId: In([...staffIds]), state: 'waiting' })).flatMap((one) => one.staffId ?? []),
    ...(await db.getRepository(approvalRequests).findBy({ uniqueKey: Like('role-change:%') })).flatMap((one) => one.uniqueKey?.split(':')[1] ?? []),
    ...(await waitingToJoin(db, 'campaign-join:')).map((one) => one.staffId),
  ]
  const counts = new Map<string, number>()
  for (const staffId of found) counts.set(staffId, (counts.get(staffId) ?? 0) + 1)
  return counts
}
