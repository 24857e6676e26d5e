import { In } from 'typeorm'
import type { ActorAccess } from '../../access/index.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { customerGroups } from '../../groups/index.ts'
import type { Broadcast } from '../broadcast.entity.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { letLeave } from '../let-leave.ts'
import { mayWriteTo } from './walk-groups.ts'

export interface CheckedGroups {
  readonly row: Broadcast
  readonly author: ActorAccess
  readonly sender: ActorAccess
  readonly ids: readonly string[]
  readonly leftOut: Map<string, string>
}

/** The locks of groups at the moment of leaving: both persons' rights, that the sender still owns the group, and its frequency. */
export async function checkGroups(options: Pick<BroadcastOptions, 'access' | 'zone'>, work: UnitOfWork, { row, author, sender, ids, leftOut }: CheckedGroups): Promise<void> {
  const category = row.category ?? ''
  const groups = new Map((await work.db.getRepository(customerGroups).findBy({ id: In([...ids]), status: 'active' })).map((one) => [one.id, one]))
  await letLeave(options, work, {
    planId: row.planId ?? '', staffId: sender.staffId, ids, leftOut,
    reasonOf: (id) => {
      const group = groups.get(id)
      if (group === undefined || group.ownerStaffId !== sender.staffId) return 'unreachable'
      return mayWriteTo(author, group, category) && mayWriteTo(sender, group, category) ? null : 'no-right'
    },
  })
}
