import { In, Not } from 'typeorm'
import { listEntrances } from '#shared/contracts/entrances'
import type { Database } from '../database/database.ts'
import { route, type Route } from '../http/route.ts'
import { departments, staffDepartments } from '../organization/index.ts'
import { entrances } from './entrance.entity.ts'

/** The codes of the stores within the caller's scope. An entrance has no creator yet: it is made with its store. */
export function entranceRoutes({ database }: { readonly database: Database }): Route[] {
  const { db } = database
  return [
    route(listEntrances, async (_input, { actor }) => {
      const mine = new Set((await db.getRepository(staffDepartments).findBy({ staffId: actor.staffId })).map((one) => one.departmentId))
      const rows = await db.getRepository(entrances).find({ where: { status: Not('closed') }, order: { departmentId: 'ASC', id: 'ASC' } })
      const visible = rows.filter((row) => actor.decideResource('marketing.entrances.view', { departmentId: row.departmentId, creatorStaffId: null }).allowed)
      const names = new Map((visible.length === 0 ? [] : await db.getRepository(departments).findBy({ id: In(visible.map((row) => row.departmentId)) })).map((row) => [row.id, row.name]))
      return {
        items: visible.map((row) => ({
          id: row.id, storeName: names.get(row.departmentId) ?? '', departmentId: row.departmentId, qrCode: row.qrCode, status: row.status,
          staffCount: row.userids.length, mine: mine.has(row.departmentId),
        })),
      }
    }),
  ]
}
