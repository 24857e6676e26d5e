import { In, LessThan } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { homeOf, staff } from '../organization/index.ts'
import type { WecomGroup } from '../wecom/index.ts'
import { customerGroups } from './group.entity.ts'

/** Brings the row to what WeCom showed at `readAt`; what was read later, or dissolved, stays as it is. */
export async function putGroup(work: UnitOfWork, shown: WecomGroup, readAt: number): Promise<void> {
  const table = work.db.getRepository(customerGroups)
  const known = await table.findOneBy({ chatId: shown.chatId })
  const owner = await work.db.getRepository(staff).findOneBy({ userid: shown.owner })
  const parts = { name: fit(shown.name, 255), members: shown.members, readAt }
  if (known === null) {
    await table.insert({ id: uuid(), chatId: shown.chatId, ...parts, ownerStaffId: owner?.id ?? null, departmentId: owner === null ? null : await homeOf(work.db, owner.id), status: 'active' })
    return
  }
  const owned = known.ownerStaffId === (owner?.id ?? null) ? {}
    : { ownerStaffId: owner?.id ?? null, departmentId: owner === null ? null : await homeOf(work.db, owner.id) }
  await table.update({ id: known.id, status: In(['active']), readAt: LessThan(readAt + 1) }, { ...parts, ...owned })
}
