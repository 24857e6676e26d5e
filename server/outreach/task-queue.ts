import { IsNull, Not } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import type { Core } from './core.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'

/** A task that one worker works on. `by` is new with each claim, so that a claim that ended is never taken for the next one. */
export interface Claim {
  readonly task: OutreachTaskRow
  readonly by: string
}

/** The claim ended while its worker was busy: whatever it was about to write is not its business any more. */
export class TaskLost extends Error {
  constructor() {
    super('the claim on a task has ended')
    this.name = 'TaskLost'
  }
}

const free = { leaseBy: null, leaseUntil: null }

/** The table's side of the dispatcher: claims, as in the job queues, are conditional updates that end by themselves. */
export function createTaskQueue(core: Core) {
  const { database, clock, timing } = core
  const { db } = database
  const mine = ({ task, by }: Claim) => ({ id: task.id, leaseBy: by })

  /** Claims due tasks, the longest due first. Of one sender only one that could make a call, and none while a call of his is open. */
  async function take(limit: number, busySenders: ReadonlySet<string>): Promise<Claim[]> {
    const now = clock()
    const due = await db.createQueryBuilder(outreachTasks, 'task').select(['task.id', 'task.staffId', 'task.state'])
      .where('task.nextAt <= :now and (task.leaseUntil is null or task.leaseUntil <= :now)', { now })
      .andWhere(`(task.state <> 'planned' or not exists (select 1 from outreach_tasks other where other.intent_key = task.staffId))`)
      .orderBy('task.nextAt').addOrderBy('task.id').limit(limit * 4).getMany()
    const senders = new Set(busySenders)
    const wanted = due.filter((task) => task.state !== 'planned' || (!senders.has(task.staffId) && senders.add(task.staffId))).slice(0, limit)
    if (wanted.length === 0) return []
    const by = uuid()
    const ids = wanted.map((task) => task.id)
    await db.createQueryBuilder().update(outreachTasks).set({ leaseBy: by, leaseUntil: now + timing.leaseMs })
      .where('id in (:...ids) and (lease_until is null or lease_until <= :now)', { ids, now }).execute()
    return (await db.find(outreachTasks, { where: { leaseBy: by }, order: { nextAt: 'ASC', id: 'ASC' } })).map((task) => ({ task, by }))
  }

  /** Begins each transaction about a claimed task: takes its row until the commit, and reads what it says now. */
  async function hold(work: UnitOfWork, claim: Claim): Promise<OutreachTaskRow> {
    const { affected } = await work.db.update(outreachTasks, mine(claim), { leaseUntil: clock() + timing.leaseMs })
    if (affected !== 1) throw new TaskLost()
    return work.db.findOneByOrFail(outreachTasks, { id: claim.task.id })
  }

  async function renew(claim: Claim): Promise<boolean> {
    return (await db.update(outreachTasks, mine(claim), { leaseUntil: clock() + timing.leaseMs })).affected === 1
  }

  /** Ends the claim. A task that ended meanwhile stays as it is. */
  async function release(claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) await db.update(outreachTasks, mine(claim), free)
  }

  /** Ends the claim and says when to look again: at once if somebody wished to take the task back meanwhile. */
  async function postpone(claim: Claim, nextAt: number): Promise<void> {
    await database.transaction(async (work) => {
      const task = await hold(work, claim)
      const isWished = task.withdrawal === 'cancelled' && claim.task.withdrawal !== 'cancelled'
      await work.db.update(outreachTasks, mine(claim), { ...free, ...(task.nextAt === null ? {} : { nextAt: isWished ? clock() : nextAt }) })
    })
  }

  /** A process that died held these; on SQLite there is no other process. */
  async function freeAll(): Promise<void> {
    await db.update(outreachTasks, { leaseBy: Not(IsNull()) }, free)
  }

  return { take, hold, renew, release, postpone, freeAll }
}

export type TaskQueue = ReturnType<typeof createTaskQueue>
