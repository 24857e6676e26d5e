import { In, IsNull, MoreThan, type EntityManager } from 'typeorm'
import type { MySendings } from '#shared/contracts/broadcast-results'
import type { ActorAccess } from '../../access/index.ts'
import { dayOf, daysLater } from '../../company-day.ts'
import { outreachRecipients, outreachTasks } from '../../outreach/index.ts'
import { broadcasts, type Broadcast } from '../broadcast.entity.ts'
import { outreachName } from '../plan-names.ts'
import { groupsOf, levelsOf, listGroups } from './group-results.ts'
import { readLeaves } from './read-results.ts'
import { broadcastResults } from './result.entity.ts'

const mostShown = 30

/** What one person sends himself, whoever planned it, and what he planned that has not left. */
export async function mySendings(db: EntityManager, actor: ActorAccess, zone: string): Promise<MySendings> {
  return { waiting: await waitingOf(db, actor.staffId), planned: await plannedOf(db, actor.staffId), items: await sentBy(db, actor, zone) }
}

async function waitingOf(db: EntityManager, staffId: string): Promise<MySendings['waiting']> {
  const open = await db.getRepository(broadcastResults).find({ where: { staffId, leaving: MoreThan(0) }, order: { planId: 'DESC' }, take: mostShown })
  if (open.length === 0) return []
  const tasks = await db.getRepository(outreachTasks).find({
    where: { source: outreachName, sourceId: In(open.map((row) => row.planId)), staffId, state: 'created', confirmedAt: IsNull() }, order: { sentToWecomAt: 'ASC', id: 'ASC' },
  })
  const names = await namesOf(db, open.map((row) => row.broadcastId))
  const broadcastOf = new Map(open.map((row) => [row.planId, row.broadcastId]))
  return Promise.all(tasks.map(async (task) => {
    const id = broadcastOf.get(task.sourceId) ?? ''
    return {
      id, name: names.get(id)?.name ?? '', customers: await db.getRepository(outreachRecipients).countBy({ taskId: task.id, outcome: IsNull() }),
      since: task.sentToWecomAt ?? task.createdAt, until: task.expiresAt,
    }
  }))
}

async function plannedOf(db: EntityManager, staffId: string): Promise<MySendings['planned']> {
  const rows = await db.getRepository(broadcasts).find({
    select: { id: true, name: true, status: true, plannedAt: true }, where: { creatorStaffId: staffId, status: In(['waiting', 'scheduled']) }, order: { createdAt: 'DESC' }, take: mostShown,
  })
  const left = rows.length === 0 ? [] : await db.getRepository(broadcastResults).find({ select: { broadcastId: true }, where: { broadcastId: In(rows.map((row) => row.id)), staffId } })
  return rows.filter((row) => !left.some((one) => one.broadcastId === row.id)).map(({ id, name, status, plannedAt }) => ({ id, name, status, plannedAt }))
}

async function sentBy(db: EntityManager, actor: ActorAccess, zone: string): Promise<MySendings['items']> {
  const month = dayOf(actor.now, zone).slice(0, 7)
  const months = [month, daysLater(`${month}-01`, -1).slice(0, 7)]
  const leaves = await readLeaves(db, { sql: 'results.staff_id = :sender AND results.month IN (:...resultMonths)', parameters: { sender: actor.staffId, resultMonths: months } }, levelsOf('broadcast'), actor.rowFilter('customer.profile.view'))
  const { listed } = listGroups(groupsOf(leaves, ({ major }) => major ?? ''), 'broadcast')
  const found = await namesOf(db, listed.map((one) => one.group.key))
  return listed.flatMap(({ group, figures }) => {
    const one = found.get(group.key)
    return one === undefined ? [] : [{ id: one.id, name: one.name, plannedAt: one.plannedAt, figures }]
  }).sort((one, other) => other.plannedAt - one.plannedAt).slice(0, mostShown)
}

async function namesOf(db: EntityManager, ids: readonly string[]): Promise<Map<string, Pick<Broadcast, 'id' | 'name' | 'plannedAt'>>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(broadcasts).find({ select: { id: true, name: true, plannedAt: true }, where: { id: In([...new Set(ids)]) } })
  return new Map(rows.map((row) => [row.id, row]))
}
