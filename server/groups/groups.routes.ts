import { In } from 'typeorm'
import { listCustomerGroups } from '#shared/contracts/customer-groups'
import type { Database } from '../database/database.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import { customerGroups } from './group.entity.ts'

export interface GroupRoutes {
  readonly database: Database
  readonly cursors: Cursors
}

/** Groups carry a department and an owner, and scopes apply to these. */
export function groupRoutes({ database: { db }, cursors }: GroupRoutes): Route[] {
  return [
    route(listCustomerGroups, async ({ query }, { actor }) => {
      const list = { customerGroups: true }
      const scope = actor.resourceFilter('marketing.broadcasts.operate', { department: 'g.department_id', creator: 'g.owner_staff_id' })
      if (scope.isNothing) return { items: [], nextCursor: null }
      const after = cursors.read(actor.staffId, list, query.cursor)
      const found = db.createQueryBuilder(customerGroups, 'g').where(`(${scope.sql})`, { ...scope.parameters }).andWhere(`g.status = 'active' AND g.ownerStaffId IS NOT NULL`)
      if (after !== null) found.andWhere('g.id > :afterId', { afterId: after.id })
      const rows = await found.orderBy('g.id', 'ASC').limit(query.limit + 1).getMany()
      const items = rows.slice(0, query.limit)
      const ids = [...new Set(items.flatMap((one) => one.ownerStaffId ?? []))]
      const owners = new Map((ids.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In(ids) })).map(({ id, userid, name }) => [id, { userid, name }]))
      const last = items.at(-1)
      return {
        items: items.map(({ chatId, name, ownerStaffId, members }) => ({ chatId, name, owner: owners.get(ownerStaffId ?? '') ?? null, members })),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: 0, id: last.id }) : null,
      }
    }),
  ]
}
