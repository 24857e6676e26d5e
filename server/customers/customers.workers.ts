import { IsNull } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import type { InboxEvent, InboxHandler } from '../jobs/index.ts'
import { addOutbox } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import type { WecomClient, WecomEvent } from '../wecom/index.ts'
import { customers, follows, type Customer, type Follow } from './customer.entity.ts'
import { becameActive, updateFollow } from './customer-rows.ts'
import { followsShown, loadPeopleAround, readCustomerFromWecom, type CustomerShown, type DepartmentOfState } from './read-wecom.ts'
import { endFollow, putCustomer, putFollows } from './write-customer.ts'

export type FollowEvent = Extract<WecomEvent, { kind: `follow.${string}` }>

/** What another domain does in the same transaction when WeCom reports a new relation (owner, tags, welcome). */
export type OnFollowEvent = (work: UnitOfWork, happened: {
  readonly event: FollowEvent
  readonly receivedAt: number
  /** Null while WeCom does not show the customer (half added). */
  readonly customer: Customer | null
  /** The live follow of the person in the event. */
  readonly follow: Follow | null
}) => Promise<void>

export interface CustomerWorkers {
  readonly wecom: Pick<WecomClient, 'getCustomer'>
  readonly clock: () => number
  readonly departmentOf: DepartmentOfState
  readonly onFollowEvent: readonly OnFollowEvent[]
}

/** WeCom may not show a relation yet that it has just reported: look again a few times before believing it. */
class NotShownYet extends Error {
  readonly retryAfterMs = 2_000

  constructor() {
    super('WeCom does not show the new customer yet')
    this.name = 'NotShownYet'
  }
}

/**
 * The six customer events (WeCom doc path/92130) and the archive consent. None carries a difference, and they come late,
 * twice and out of order: each reads the customer anew and brings our tables to what WeCom shows now.
 */
export function customerHandlers(options: CustomerWorkers): [string, InboxHandler<WecomEvent>][] {
  const kinds = ['follow.added', 'follow.half-added', 'follow.edited', 'follow.ended-by-staff', 'follow.ended-by-customer', 'follow.transfer-failed', 'follow.archive-agreed']
  const handler: InboxHandler<WecomEvent, CustomerShown | null> = {
    prepare: (event) => read(options, followEvent(event)),
    apply: (work, event, shown) => apply(options, work, event, shown),
  }
  return [
    ...kinds.map((kind): [string, InboxHandler<WecomEvent>] => [kind, handler]),
    ['tags.changed', { prepare: async () => null, apply: async (work) => void await addOutbox(work, { kind: 'tags.sync', payload: {}, uniqueKey: 'tags.sync', whileRunning: 'again', reviveParked: true }) }],
  ]
}

function followEvent(event: InboxEvent<WecomEvent>): FollowEvent {
  const { content } = event
  switch (content.kind) {
    case 'follow.added': case 'follow.half-added': case 'follow.edited': case 'follow.ended-by-staff':
    case 'follow.ended-by-customer': case 'follow.transfer-failed': case 'follow.archive-agreed': return content
    default: throw new Error(`not a customer event: ${content.kind}`)
  }
}

/** Null when WeCom cannot be asked about a relation that ended: access must not outlive an outage, so the event alone acts. */
async function read(options: CustomerWorkers, event: FollowEvent): Promise<CustomerShown | null> {
  try {
    return await readCustomerFromWecom(options.wecom, options.clock, event.externalUserId)
  } catch (error) {
    if (event.kind === 'follow.ended-by-staff') return null
    throw error
  }
}

async function apply(options: CustomerWorkers, work: UnitOfWork, stored: InboxEvent<WecomEvent>, shown: CustomerShown | null): Promise<void> {
  const event = followEvent(stored)
  if (event.kind === 'follow.ended-by-staff') await endByEvent(work, event)
  if (shown !== null) return applyShown(options, work, stored, shown)
  await addOutbox(work, { kind: 'customer.refresh', orderKey: `customer:${event.externalUserId}`, payload: { externalUserId: event.externalUserId } })
}

/** A deletion speaks only about the follow that was there: one that began later is another (WeCom's clock has whole seconds). */
async function endByEvent(work: UnitOfWork, event: FollowEvent): Promise<void> {
  const customer = await work.db.getRepository(customers).findOneBy({ externalUserId: event.externalUserId })
  const follow = customer === null ? null : await liveFollowOf(work, customer.id, event.userid)
  if (follow === null || event.at + 999 < follow.beganAt) return
  // Ended when WeCom says so, not when we hear of it: he may have been added again in between.
  await endFollow(work, follow, 'deleted-by-staff', Math.max(event.at, follow.beganAt))
}

const lookAgain = 3

async function applyShown(options: CustomerWorkers, work: UnitOfWork, stored: InboxEvent<WecomEvent>, shown: CustomerShown): Promise<void> {
  const event = followEvent(stored)
  const now = options.clock()
  const isNew = event.kind === 'follow.added'
  if (isNew && !shown.follows.some((follow) => follow.userid === event.userid) && now - stored.receivedAt < lookAgain * 2_000) throw new NotShownYet()

  const customer = shown.profile === null
    ? await work.db.getRepository(customers).findOneBy({ externalUserId: event.externalUserId })
    : await putCustomer(work, shown.profile, now)
  const follow = customer === null ? null : await applyFollows(options, work, stored, customer, shown)
  for (const hook of options.onFollowEvent) await hook(work, { event, receivedAt: stored.receivedAt, customer, follow })
}

/** Brings the follows of one customer to what WeCom shows. Returns the live one of the person in the event. */
async function applyFollows(options: CustomerWorkers, work: UnitOfWork, stored: InboxEvent<WecomEvent>, customer: Customer, shown: CustomerShown): Promise<Follow | null> {
  const event = followEvent(stored)
  const directory = await loadPeopleAround(work.db, customer.id, shown.follows, [event.userid])
  await putFollows(work, customer.id, await followsShown(work.db, shown.follows, directory, options.departmentOf), directory.visible, { now: options.clock(), readAt: shown.readAt, mayBeOverdue: false })
  const staffId = directory.staffIdOf(event.userid)
  const follow = staffId === null ? null : await work.db.getRepository(follows).findOneBy({ customerId: customer.id, staffId, endedAt: IsNull() })
  const addedAt = shown.follows.find((one) => one.userid === event.userid)?.addedAt ?? null
  if (follow !== null) await noteWhetherCustomerLeft(work, follow, { event, isRepeat: stored.reread, addedAt })
  if (event.kind === 'follow.added') await becameActive(work, customer, stored.receivedAt)
  return follow
}

async function liveFollowOf(work: UnitOfWork, customerId: string, userid: string): Promise<Follow | null> {
  const person = await work.db.getRepository(staff).findOneBy({ userid })
  return person === null ? null : work.db.getRepository(follows).findOneBy({ customerId, staffId: person.id, endedAt: IsNull() })
}

/**
 * The customer removed the staff member: WeCom keeps the relation, and so do we, but nothing reaches him any more, until he adds the person again.
 * Both events speak only about what was before them; WeCom's clock has whole seconds. What WeCom shows may have begun after the
 * removal (`addedAt`), and a text that was handled once says nothing about a customer who has come back since.
 */
async function noteWhetherCustomerLeft(work: UnitOfWork, follow: Follow, heard: { readonly event: FollowEvent; readonly isRepeat: boolean; readonly addedAt: number | null }): Promise<void> {
  const { event, isRepeat, addedAt } = heard
  const isAboutThisOne = event.at + 999 >= Math.max(follow.beganAt, addedAt ?? 0)
  if (event.kind === 'follow.ended-by-customer' && !isRepeat && isAboutThisOne) await updateFollow(work, follow, { customerDeletedAt: event.at })
  if (event.kind === 'follow.added' && follow.customerDeletedAt !== null && event.at >= follow.customerDeletedAt) await updateFollow(work, follow, { customerDeletedAt: null })
}
