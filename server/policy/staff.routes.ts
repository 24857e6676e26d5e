import { IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm'
import { assignRole, listStaff, readStaff, removeRole, setJoinedOn } from '#shared/contracts/staff'
import { staffRoles } from '../access/index.ts'
import { present } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { departments, staff, staffDepartments, type Staff } from '../organization/index.ts'
import { findPerson } from './people.ts'
import { giveRole, setJoined, takeRole } from './role-assignment.ts'
import { presentStaff } from './staff-detail.ts'
import { facesOf, waitingOfMany } from './staff.presenter.ts'
import type { RightsRoutes } from './temporary.routes.ts'

export function staffRoutes(options: RightsRoutes): Route[] {
  const { database } = options
  return [
    listRoute(options),
    route(readStaff, async ({ params }, { actor }) => {
      actor.requireSystem('system.policy.view')
      return presentStaff(database.db, await findPerson(database.db, params.userid), actor.now)
    }),
    route(assignRole, ({ params, body }, { actor }) => database.transaction((work) => giveRole(options, work, actor.staffId, params.userid, body))),
    route(removeRole, async ({ params }, { actor }) => ({
      removed: await database.transaction((work) => takeRole(options, work, actor.staffId, params.userid, params.roleKey)),
    })),
    route(setJoinedOn, async ({ params, body }, { actor }) => {
      await database.transaction((work) => setJoined(options, work, actor.staffId, params.userid, body.joinedOn))
      return { joinedOn: body.joinedOn }
    }),
  ]
}

function listRoute({ database, cursors }: RightsRoutes): Route {
  return route(listStaff, async ({ query }, { actor }) => {
    actor.requireSystem('system.policy.view')
    const { db } = database
    const { cursor, limit, ...filter } = query
    const after = cursors.read(actor.staffId, { staff: filter }, cursor)
    const rows = db.createQueryBuilder(staff, 'staff').where('1 = 1')
    if (filter.left === undefined) rows.andWhere({ leftAt: IsNull() })
    if (filter.q !== undefined) rows.andWhere(`(LOWER(staff.name) LIKE :q ESCAPE '!' OR staff.userid LIKE :q ESCAPE '!')`, { q: pattern(filter.q) })
    if (filter.role !== undefined) rows.andWhere(`EXISTS (SELECT 1 FROM ${staffRoles.options.tableName} held WHERE held.staff_id = staff.id AND held.role_key = :role)`, { role: filter.role })
    if (filter.department !== undefined) await onlyIn(db, rows, filter.department)
    if (after !== null) rows.andWhere('staff.userid > :after', { after: after.id })
    const page = await rows.orderBy('staff.userid', 'ASC').limit(limit + 1).getMany()
    const shown = page.slice(0, limit)
    const faces = await facesOf(db, shown)
    const waiting = await waitingOfMany(db, shown.map((person) => person.id))
    const last = shown.at(-1)
    return {
      items: shown.map((person) => ({ ...present(faces.get(person.id), 'the person just read'), waiting: waiting.get(person.id) ?? 0 })),
      nextCursor: page.length > limit && last !== undefined ? cursors.write(actor.staffId, { staff: filter }, { at: 0, id: last.userid }) : null,
    }
  })
}

/** `%` and `_` are letters, not patterns. */
const pattern = (text: string): string => `%${text.toLowerCase().replace(/[!%_]/g, (letter) => `!${letter}`)}%`

/** Members of the department or of one below; of one that is unknown or deleted nobody. */
async function onlyIn(db: EntityManager, rows: SelectQueryBuilder<Staff>, departmentId: number): Promise<void> {
  const top = await db.getRepository(departments).findOneBy({ id: departmentId, deletedAt: IsNull() })
  const ids = top === null ? [] : (await db.getRepository(departments).find({ where: { deletedAt: IsNull() }, select: { id: true, path: true } }))
    .filter((one) => one.path.startsWith(top.path)).map((one) => one.id)
  const members = db.createQueryBuilder().subQuery().select('members.staff_id').from(staffDepartments.options.name, 'members').where('members.department_id IN (:...below)').getQuery()
  if (ids.length === 0) rows.andWhere('1 = 0')
  else rows.andWhere(`staff.id IN ${members}`, { below: ids })
}
