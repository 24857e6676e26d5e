import { IsNull, Not } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import type { WecomCustomer, WecomFollow } from '../wecom/index.ts'
import { customers, customerTags, follows, type Customer, type Follow } from './customer.entity.ts'
import { addTags, insertCustomers, insertFollow, removeTags, updateCustomer, updateFollow } from './customer-rows.ts'
import { notShown, planFollows } from './reconcile-follows.ts'
import { searchable } from './searchable.ts'
import { areTagsUnsent, isRemarkUnsent } from './unsent.ts'

/** A follow as WeCom shows it, with our staff and the department in which it begins. */
export interface FollowShown {
  readonly staffId: string
  readonly addedAt: number | null
  readonly departmentId: number | null
  readonly follow: WecomFollow
}

/** Stands in for the name of somebody who is known by his id only. */
export const unknownName = '微信客户'

const genders: Readonly<Record<WecomCustomer['gender'], number>> = { unknown: 0, male: 1, female: 2 }

/** Creates or updates the row of a customer from WeCom's profile; what is ours stays as it is. */
export async function putCustomer(work: UnitOfWork, shown: WecomCustomer, now: number): Promise<Customer> {
  const profile = { ...shown, name: fit(shown.name, 255) }
  const table = work.db.getRepository(customers)
  const known = await table.findOneBy({ externalUserId: profile.externalUserId })
  const wecomPart = {
    // A cut address would be a wrong one.
    avatar: profile.avatar !== null && profile.avatar.length > 512 ? null : profile.avatar,
    gender: genders[profile.gender], type: profile.type === 'wecom' ? 2 : 1,
    unionid: profile.unionId, corpName: fitOrNull(profile.corpName ?? profile.corpFullName),
  }
  if (known === null) {
    const created = newCustomer(profile.externalUserId, profile.name, now, wecomPart)
    await insertCustomers(work, [created])
    return created
  }
  // A name that a person corrected here is kept; WeCom's name only takes the place of the one nobody wrote.
  const unnamed = known.name === unknownName && profile.name !== ''
  const named = unnamed ? { name: profile.name, nameSearch: searchable(profile.name) } : {}
  const changed = unnamed || (['avatar', 'gender', 'type', 'unionid', 'corpName'] as const).some((name) => known[name] !== wecomPart[name])
  if (!changed) return known
  await updateCustomer(work, { id: known.id }, { ...wecomPart, ...named, updatedAt: now })
  return { ...known, ...wecomPart, ...named, updatedAt: now }
}

const fitOrNull = (text: string | null): string | null => (text === null ? null : fit(text, 255))

type WecomPart = Pick<Customer, 'avatar' | 'gender' | 'type' | 'unionid' | 'corpName'>
const unknownPart: WecomPart = { avatar: null, gender: 0, type: 1, unionid: null, corpName: null }

/** A customer of whom only the id is known, for instance from customer service before anybody follows him. */
export function newCustomer(externalUserId: string, name: string, now: number, part: WecomPart = unknownPart): Customer {
  return {
    id: uuid(), externalUserId, name, nameSearch: searchable(name), ...part, source: null, addWay: null, birthday: null, preferences: [],
    stage: 'lead', memberLevel: null, valueTier: null, contractState: null, contractAmountFen: null, priceList: null,
    mobileSealed: null, mobileIndex: null, emailSealed: null, addressSealed: null,
    ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: null,
    lastActiveAt: now, createdAt: now, updatedAt: now, version: 1,
  }
}

export interface FollowsOutcome {
  readonly opened: readonly Follow[]
  readonly ended: readonly Follow[]
}

/** The moments of a reading, ms. */
export interface ReadingTimes {
  readonly now: number
  /** When it began: what WeCom was told since need not be in it. */
  readonly readAt: number
  /** Others may have written meanwhile what is newer than this reading. Not so for events of one customer, which are handled one by one. */
  readonly mayBeOverdue: boolean
}

/** Brings the follows of a customer to what WeCom shows, with their tags. History stays (T16, T18). */
export async function putFollows(work: UnitOfWork, customerId: string, shown: readonly FollowShown[], visible: ReadonlySet<string>, times: ReadingTimes): Promise<FollowsOutcome> {
  const { now, readAt } = times
  const known = await work.db.getRepository(follows).findBy({ customerId })
  const plan = planFollows(known, shown, visible, times.mayBeOverdue ? readAt : undefined)
  const opened: Follow[] = []
  for (const one of plan.open) opened.push(await openFollow(work, customerId, one, times))
  for (const { follow, shown: one } of plan.keep) await refreshFollow(work, follow, one, readAt)
  for (const follow of plan.end) await endFollow(work, follow, notShown, now)
  return { opened, ended: plan.end }
}

async function openFollow(work: UnitOfWork, customerId: string, one: FollowShown, { now, readAt }: ReadingTimes): Promise<Follow> {
  const follow: Follow = {
    id: uuid(), customerId, staffId: one.staffId, departmentId: one.departmentId, beganAt: one.addedAt ?? now, endedAt: null, endReason: null,
    liveKey: `${customerId}:${one.staffId}`, remark: fit(one.follow.remark, 255), description: fit(one.follow.description, 600), state: one.follow.state === null ? null : fit(one.follow.state, 64),
    addWay: one.follow.addWay, customerDeletedAt: null,
  }
  await insertFollow(work, follow)
  // The first relation says where the customer came from.
  await updateCustomer(work, { id: customerId, addWay: IsNull() }, { addWay: one.follow.addWay })
  await dropTagsOfEnded(work, customerId)
  await putTags(work, follow, one.follow.tagIds, readAt)
  return follow
}

/** Tags speak through live follows; those of the last one that ended only stand in until there is a new one. */
async function dropTagsOfEnded(work: UnitOfWork, customerId: string): Promise<void> {
  const ended = await work.db.getRepository(follows).find({ select: { id: true }, where: { customerId, endedAt: Not(IsNull()) } })
  await removeTags(work, customerId, ended.map((follow) => follow.id))
}

async function refreshFollow(work: UnitOfWork, follow: Follow, one: FollowShown, readAt: number): Promise<void> {
  const description = fit(one.follow.description, 600)
  const shown = fit(one.follow.remark, 255)
  const remark = follow.remark !== shown && await isRemarkUnsent(work.db, follow.id) ? follow.remark : shown
  if (follow.remark !== remark || follow.description !== description) {
    await updateFollow(work, follow, { remark, description })
  }
  await putTags(work, follow, one.follow.tagIds, readAt)
}

/** Makes the tags that came through one follow equal to WeCom's; those of which WeCom was not told before the reading began stay. */
export async function putTags(work: UnitOfWork, follow: Pick<Follow, 'id' | 'customerId'>, tagIds: readonly string[], readAt: number): Promise<void> {
  const known = new Set((await work.db.getRepository(customerTags).findBy({ followId: follow.id })).map((row) => row.tagId))
  const wanted = new Set(tagIds)
  const removed = [...known].filter((tagId) => !wanted.has(tagId))
  if (removed.length > 0 && !(await areTagsUnsent(work.db, follow, readAt))) await removeTags(work, follow.customerId, [follow.id], removed)
  await addTags(work, follow, [...wanted].filter((tagId) => !known.has(tagId)))
}

/** Ends a follow for access in this transaction. The row stays, and with the last one its tags (T16). */
export async function endFollow(work: UnitOfWork, follow: Follow, reason: string, now: number): Promise<void> {
  await updateFollow(work, follow, { endedAt: now, endReason: reason, liveKey: null })
  const others = await work.db.getRepository(follows).countBy({ customerId: follow.customerId, endedAt: IsNull() })
  if (others > 0) await dropTagsOfEnded(work, follow.customerId)
}
