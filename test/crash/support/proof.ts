import { createHash } from 'node:crypto'
import { In, IsNull } from 'typeorm'
import { auditEntries } from '../../../server/audit/audit.entity.ts'
import { customers, customerTags, follows, ownerships } from '../../../server/customers/index.ts'
import { kfCursors, messages, staffMessages } from '../../../server/conversations/index.ts'
import type { Database } from '../../../server/database/database.ts'
import { arrivals, inbox, outbox } from '../../../server/jobs/jobs.entity.ts'
import { staff } from '../../../server/organization/index.ts'
import type { Simulator } from '../../simulator/index.ts'

export const digestOf = (message: string): string => createHash('sha256').update(message).digest('hex')

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

export interface QueueCounts {
  readonly inbox: Readonly<Record<string, number>>
  readonly outbox: Readonly<Record<string, number>>
  readonly unsealed: number
}

/** Counted in the order in which things move on: what moves between two counts is seen twice, never not at all. */
export async function countQueues({ db }: Database): Promise<QueueCounts> {
  const byState = async (table: string) => {
    const rows: { state: string; total: unknown }[] = await db.query(`select state, count(*) as total from ${table} group by state`)
    return Object.fromEntries(rows.map((row) => [row.state, Number(row.total)]))
  }
  const unread = await db.getRepository(arrivals).count()
  const callbacks = { ...await byState('inbox'), new: unread }
  const effects = await byState('outbox')
  const pending: { total: unknown }[] = await db.query('select count(*) as total from audit_pending')
  return { inbox: callbacks, outbox: effects, unsealed: Number(pending[0]?.total ?? 0) }
}

const openRows = ({ inbox: callbacks, outbox: effects, unsealed }: QueueCounts): number =>
  ['new', 'waiting', 'running'].reduce((sum, state) => sum + (callbacks[state] ?? 0) + (effects[state] ?? 0), unsealed)

/** Waits until callbacks and effects are finished and the audit is chained. Throws with what is left. */
export async function untilQuiet(database: Database, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs
  for (;;) {
    const counts = await countQueues(database)
    if (openRows(counts) === 0) return
    if (Date.now() > end) throw new Error(`the queues are not empty: ${JSON.stringify({ ...counts, open: await openKinds(database), parked: await deadLetters(database) })}`)
    await pause(500)
  }
}

/** What is not finished, by kind, state and last error. */
async function openKinds({ db }: Database): Promise<unknown> {
  const open = (table: string) => db.query(`select kind, state, last_error, count(*) as total, min(next_at) as next_at from ${table} where state in ('new', 'waiting', 'running') group by kind, state, last_error`)
  return [await open('inbox'), await open('outbox')]
}

/** A live relation as a line: who, whom, remark, tags, whether the customer has left. */
export type Relation = string

/** The relations that WeCom shows. */
export function relationsInWecom({ state }: Simulator): Relation[] {
  const all = [...state.follows.values()].flatMap((one) => [...one.values()]).filter((follow) => !follow.half)
  return all.map((follow) => relation(follow.userid, follow.externalUserId, follow.remark, [...follow.tagIds], follow.deletedByCustomer)).sort()
}

/** The relations in force in our tables. */
export async function relationsHere({ db }: Database): Promise<Relation[]> {
  const live = await db.getRepository(follows).findBy({ endedAt: IsNull() })
  const people = new Map((await db.getRepository(staff).find()).map((person) => [person.id, person.userid]))
  const named = new Map((await db.getRepository(customers).find({ select: { id: true, externalUserId: true } })).map((one) => [one.id, one.externalUserId]))
  const tagged = new Map<string, string[]>()
  for (const row of await db.getRepository(customerTags).find()) tagged.set(row.followId, [...tagged.get(row.followId) ?? [], row.tagId])
  return live.map((follow) => relation(
    people.get(follow.staffId) ?? '?', named.get(follow.customerId) ?? '?', follow.remark, tagged.get(follow.id) ?? [], follow.customerDeletedAt !== null,
  )).sort()
}

function relation(userid: string, externalUserId: string, remark: string, tagIds: readonly string[], left: boolean): Relation {
  return [userid.toLowerCase(), externalUserId, remark, [...tagIds].sort().join(','), left ? 'left' : 'there'].join(' | ')
}

/** Pairs of staff and customer with more than one relation in force. */
export async function pairsWithTwoFollows({ db }: Database): Promise<unknown[]> {
  return db.query('select customer_id, staff_id from follows where ended_at is null group by customer_id, staff_id having count(*) > 1')
}

/** The customer service messages that WeCom has, as our tables name them, and those that we have. */
export async function kfMessages(database: Database, { state }: Simulator): Promise<{ wecom: string[]; here: string[] }> {
  const log = [...state.kf.values()].flatMap((account) => account.log)
  const stored = await database.db.getRepository(messages).find({ select: { messageKey: true } })
  return { wecom: log.map((entry) => `kf:${String(entry.message['msgid'])}`).sort(), here: stored.map((row) => row.messageKey).sort() }
}

export async function kfCursorsHere({ db }: Database): Promise<string[]> {
  return (await db.getRepository(kfCursors).find()).map((row) => row.cursor)
}

/** How many messages each staff member's writing left here, and how many answers WeCom delivered to each. */
export async function appMessages({ db }: Database, { state }: Simulator): Promise<{ stored: Record<string, number>; answered: Record<string, number> }> {
  const count = (userids: readonly string[]) => Object.fromEntries([...new Set(userids)].sort().map((userid) => [userid, userids.filter((other) => other === userid).length]))
  const stored = await db.getRepository(staffMessages).find({ select: { userid: true } })
  return { stored: count(stored.map((row) => row.userid)), answered: count(state.messages.map((message) => message.userid.toLowerCase())) }
}

/** Welcome messages in the chats against the codes that WeCom gave out, per pair: never more than one for a code. */
export function welcomes({ state }: Simulator): { delivered: number; codes: number; tooMany: string[] } {
  const codes = new Map<string, number>()
  for (const welcome of state.welcomes.values()) {
    const pair = `${welcome.userid.toLowerCase()}|${welcome.externalUserId}`
    codes.set(pair, (codes.get(pair) ?? 0) + 1)
  }
  const delivered = [...state.chats].map(([pair, lines]) => ({ pair, lines: lines.filter((line) => line.from === 'welcome').length }))
  return {
    delivered: delivered.reduce((sum, one) => sum + one.lines, 0),
    codes: state.welcomes.size,
    tooMany: delivered.filter((one) => one.lines > (codes.get(one.pair) ?? 0)).map((one) => one.pair),
  }
}

export interface Owners {
  /** The owner's userid by customer, for those who came through a code. */
  readonly byCustomer: ReadonlyMap<string, string>
  readonly assignments: number
  readonly auditEntries: number
  /** Customers with more than one assignment or audit entry. */
  readonly twice: readonly string[]
  /** Customers whose row names another owner than the history. */
  readonly differing: readonly string[]
}

/** Who was given whom through a code, once and audited once. */
export async function ownersByCode({ db }: Database): Promise<Owners> {
  const given = await db.getRepository(ownerships).findBy({ reason: 'entrance' })
  const entries = await db.getRepository(auditEntries).findBy({ action: 'customer.owned' })
  const people = new Map((await db.getRepository(staff).find()).map((person) => [person.id, person.userid]))
  const rows = new Map((await db.getRepository(customers).find()).map((row) => [row.id, row]))
  const twice = (ids: readonly (string | null)[]) => ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => id ?? '?')
  return {
    byCustomer: new Map(given.map((one) => [rows.get(one.customerId)?.externalUserId ?? '?', people.get(one.staffId) ?? '?'])),
    assignments: given.length,
    auditEntries: entries.length,
    twice: [...twice(given.map((one) => one.customerId)), ...twice(entries.map((one) => one.subjectId))],
    differing: given.filter((one) => rows.get(one.customerId)?.ownerStaffId !== one.staffId).map((one) => one.customerId),
  }
}

/** The inbox rows of these messages, by state, and the digests that have none; what was not read yet counts as `new`. */
export async function inboxOf({ db }: Database, sent: readonly string[]): Promise<{ rows: number; states: Record<string, number>; missing: number; foreign: number; repeats: number }> {
  const wanted = new Set(sent.map(digestOf))
  const rows = await db.getRepository(inbox).find({ select: { digest: true, state: true, repeats: true } })
  const unread = await db.getRepository(arrivals).find({ select: { seq: true, digest: true } })
  const states: Record<string, number> = unread.length === 0 ? {} : { new: unread.length }
  for (const row of rows) states[row.state] = (states[row.state] ?? 0) + 1
  const here = new Set([...rows, ...unread].map((row) => row.digest))
  return {
    rows: rows.length, states,
    missing: [...wanted].filter((digest) => !here.has(digest)).length,
    foreign: rows.filter((row) => !wanted.has(row.digest)).length,
    repeats: rows.reduce((sum, row) => sum + row.repeats, 0),
  }
}

/**
 * Order keys under which a later callback was finished before an earlier one. One that came twice is read anew when its repeat is
 * found, with the number of the repeat: of two processes, the one that stored the repeat first may commit it last.
 */
export async function outOfOrder({ db }: Database): Promise<string[]> {
  const rows: { order_key: string; seq: unknown; done_at: unknown }[] = await db.query(`select order_key, seq, done_at from inbox where state = 'done' and repeats = 0 order by order_key, seq`)
  return rows.flatMap((row, place) => {
    const before = rows[place - 1]
    return before !== undefined && before.order_key === row.order_key && Number(before.done_at) > Number(row.done_at) ? [row.order_key] : []
  })
}

/** Kinds and errors of parked rows, for a message that says what went wrong. */
export async function deadLetters({ db }: Database): Promise<string[]> {
  const parked = In(['dead'])
  const callbacks = await db.getRepository(inbox).findBy({ state: parked })
  const effects = await db.getRepository(outbox).findBy({ state: parked })
  return [...callbacks, ...effects].map((row) => `${row.kind ?? 'unread'}: ${row.lastError ?? ''}`)
}

/** How many each side has, and a few of what only one side has. */
export function compare(wecom: readonly string[], here: readonly string[]): { wecom: number; here: number; onlyInWecom: string[]; onlyHere: string[] } {
  const theirs = new Set(wecom)
  const ours = new Set(here)
  return {
    wecom: wecom.length, here: here.length,
    onlyInWecom: wecom.filter((one) => !ours.has(one)).slice(0, 5),
    onlyHere: here.filter((one) => !theirs.has(one)).slice(0, 5),
  }
}
