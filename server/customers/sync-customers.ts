import { IsNull, LessThan } from 'typeorm'
import { z } from 'zod'
import { fit } from '../database/columns.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import { WecomError, type WecomClient } from '../wecom/index.ts'
import { follows, tags, type Customer, type Follow, type Tag } from './customer.entity.ts'
import { followsShown, loadPeopleAround, loadStaffDirectory, readCustomerFromWecom, type DepartmentOfState } from './read-wecom.ts'
import { clockMarginMs, notShown } from './reconcile-follows.ts'
import { endFollow, putCustomer, putFollows } from './write-customer.ts'

export interface CustomerSync {
  readonly database: Database
  readonly wecom: Pick<WecomClient, 'getCustomer' | 'listFollowUsers' | 'batchGetByUser' | 'listCorpTags' | 'remark' | 'markTag'>
  readonly clock: () => number
  readonly departmentOf: DepartmentOfState
  readonly onFollowMended: readonly OnFollowMended[]
}

/** What another domain does in the same transaction about a relation whose event never came: everything but the welcome. */
export type OnFollowMended = (work: UnitOfWork, mended: { readonly customer: Customer; readonly follow: Follow }) => Promise<void>

const PerStaff = z.object({ userid: z.string() })
const OneCustomer = z.object({ externalUserId: z.string() })
const ByFollow = z.object({ followId: z.string() })
const MarkTags = z.object({ userid: z.string(), externalUserId: z.string(), add: z.array(z.string()) })

/** Wants a reading of all customers: at the first start, each night, and when an administrator asks. */
export async function wantCustomerSync(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: 'tags.sync', payload: {}, uniqueKey: 'tags.sync', reviveParked: true })
  await addOutbox(work, { kind: 'customers.sync', payload: {}, uniqueKey: 'customers.sync', reviveParked: true })
}

/** Effects of this domain. All read from WeCom or set a whole value there, so repeating them is harmless. */
export function customerEffects(options: CustomerSync): [string, OutboxHandler][] {
  return [
    ['customers.sync', { repeat: 'safe', run: async () => splitByStaff(options) }],
    ['customers.sync-staff', { repeat: 'safe', run: async (payload) => syncStaff(options, PerStaff.parse(payload).userid) }],
    ['tags.sync', { repeat: 'safe', run: async () => syncTags(options) }],
    ['customer.refresh', { repeat: 'safe', run: async (payload) => refresh(options, OneCustomer.parse(payload).externalUserId) }],
    ['customer.remark', { repeat: 'safe', run: async (payload) => sendRemark(options, ByFollow.parse(payload).followId) }],
    ['customer.mark-tags', { repeat: 'safe', run: async (payload) => sendTags(options, MarkTags.parse(payload)) }],
  ]
}

/** One effect per person, so that a crash or an outage costs one person's reading and not the whole. */
async function splitByStaff(options: CustomerSync) {
  const userids = await options.wecom.listFollowUsers()
  return async (work: UnitOfWork) => {
    for (const userid of userids) await addOutbox(work, { kind: 'customers.sync-staff', payload: { userid }, uniqueKey: `customers.sync-staff:${userid}`, reviveParked: true })
  }
}

/** Brings all follows of one person to what WeCom shows: finds and mends what a lost callback left. */
async function syncStaff(options: CustomerSync, userid: string): Promise<void> {
  const began = options.clock()
  const person = await options.database.db.getRepository(staff).findOneBy({ userid, status: 'active' })
  if (person === null) return
  const seen = new Set<string>()
  for await (const rows of options.wecom.batchGetByUser([userid])) {
    await options.database.transaction(async (work) => {
      const directory = await loadStaffDirectory(work.db, { userids: [userid] })
      for (const row of rows) {
        const customer = await putCustomer(work, row.customer, options.clock())
        seen.add(customer.id)
        // Only this person's follow is in the row: nothing is said about others.
        const { opened } = await putFollows(work, customer.id, await followsShown(work.db, [row.follow], directory, options.departmentOf), new Set(), { now: options.clock(), readAt: began, mayBeOverdue: true })
        await tellOpened(options, work, customer, opened)
      }
    })
  }
  await endUnseen(options, person.id, seen, began)
}

/** Reads one customer anew, without an event. */
async function refresh(options: CustomerSync, externalUserId: string) {
  const shown = await readCustomerFromWecom(options.wecom, options.clock, externalUserId)
  return async (work: UnitOfWork) => {
    if (shown.profile === null) return
    const customer = await putCustomer(work, shown.profile, options.clock())
    const directory = await loadPeopleAround(work.db, customer.id, shown.follows)
    const { opened } = await putFollows(work, customer.id, await followsShown(work.db, shown.follows, directory, options.departmentOf), directory.visible, { now: options.clock(), readAt: shown.readAt, mayBeOverdue: true })
    await tellOpened(options, work, customer, opened)
  }
}

async function tellOpened(options: CustomerSync, work: UnitOfWork, customer: Customer, opened: readonly Follow[]): Promise<void> {
  for (const follow of opened) for (const hook of options.onFollowMended) await hook(work, { customer, follow })
}

async function endUnseen(options: CustomerSync, staffId: string, seen: ReadonlySet<string>, began: number): Promise<void> {
  const live = await options.database.db.getRepository(follows).findBy({ staffId, endedAt: IsNull(), beganAt: LessThan(began - clockMarginMs) })
  for (const follow of live.filter((one) => !seen.has(one.customerId))) {
    await options.database.transaction(async (work) => {
      const still = await work.db.getRepository(follows).findOneBy({ id: follow.id, endedAt: IsNull() })
      if (still !== null) await endFollow(work, still, notShown, options.clock())
    })
  }
}

async function syncTags(options: CustomerSync) {
  const groups = await options.wecom.listCorpTags()
  const wanted: Tag[] = groups.flatMap((group) => group.tags.map((tag) => ({
    id: tag.id, groupId: group.id, name: fit(tag.name, 255), groupName: fit(group.name, 255), position: tag.order, deletedAt: null,
  })))
  return async (work: UnitOfWork) => {
    const table = work.db.getRepository(tags)
    const known = new Map((await table.find()).map((tag) => [tag.id, tag]))
    for (const tag of wanted) {
      const row = known.get(tag.id)
      known.delete(tag.id)
      if (row === undefined || row.name !== tag.name || row.groupName !== tag.groupName || row.groupId !== tag.groupId || row.position !== tag.position || row.deletedAt !== null) await table.save(tag)
    }
    for (const row of known.values()) {
      if (row.deletedAt === null) await table.update({ id: row.id }, { deletedAt: options.clock() })
    }
  }
}

/** Tells WeCom the present remark of one's own follow; a newer change simply sends the newer text. */
async function sendRemark(options: CustomerSync, followId: string) {
  const row = await options.database.db.createQueryBuilder(follows, 'follow')
    .innerJoin('staff', 'staff', 'staff.id = follow.staff_id')
    .innerJoin('customers', 'customers', 'customers.id = follow.customer_id')
    .select('follow.remark', 'remark').addSelect('staff.userid', 'userid').addSelect('customers.external_user_id', 'externalUserId')
    .where('follow.id = :followId AND follow.ended_at IS NULL', { followId })
    .getRawOne<{ remark: string; userid: string; externalUserId: string }>()
  return row === undefined ? undefined : unlessEnded(row.externalUserId, () => options.wecom.remark(row))
}

async function sendTags(options: CustomerSync, change: z.infer<typeof MarkTags>) {
  return unlessEnded(change.externalUserId, () => options.wecom.markTag(change))
}

/**
 * A relation that ended between the wish and the call has nothing left to write to (84061, 40096): that is no failure and parks nothing.
 * The customer is read anew, so that we do not go on showing what WeCom no longer has.
 */
async function unlessEnded(externalUserId: string, call: () => Promise<void>) {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof WecomError) || error.kind !== 'gone') throw error
    return async (work: UnitOfWork) => {
      await addOutbox(work, { kind: 'customer.refresh', orderKey: `customer:${externalUserId}`, payload: { externalUserId } })
    }
  }
  return undefined
}
