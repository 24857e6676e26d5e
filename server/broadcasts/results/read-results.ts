import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { resultCells, type ResultCell } from '#shared/broadcast-words'
import { selectNamed, type ActorAccess, type RowFilter } from '../../access/index.ts'
import { eachCell, messagesIn, none, sumOf, type Counts } from './cells.ts'

/** Which parts of broadcasts are counted. */
export interface ResultScope {
  readonly sql: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** `major` holds `minor`: a department its people, a template its broadcasts. */
export interface Levels {
  readonly major: 'results.department_id' | 'results.template_id'
  readonly minor: 'results.staff_id' | 'results.broadcast_id'
}
export const levels: Readonly<Record<'people' | 'broadcasts', Levels>> = {
  people: { major: 'results.department_id', minor: 'results.staff_id' },
  broadcasts: { major: 'results.template_id', minor: 'results.broadcast_id' },
}

/** The numbers of one leaf, and how many of them are about customers whom the reader cannot view. */
export interface Leaf {
  readonly major: string | null
  readonly minor: string
  readonly counts: Counts
  readonly hidden: Counts
}

/**
 * Up to so many messages it is looked up which of their customers the reader cannot view; among more of them each is taken for hidden.
 * That withholds more figures under five, never fewer.
 */
export const mostLookedUp = 20_000

/**
 * Whose results somebody may see: broadcasts in the scope of `marketing.broadcasts.view`, and what he and the people in that scope sent
 * for others.
 */
export function scopeOf(actor: ActorAccess): ResultScope {
  const ofBroadcasts = actor.resourceFilter('marketing.broadcasts.view', { department: 'broadcasts.department_id', creator: 'broadcasts.creator_staff_id' })
  const ofSenders = actor.resourceFilter('marketing.broadcasts.view', { department: 'results.department_id', creator: 'results.staff_id' })
  return {
    sql: `(${ofBroadcasts.sql} OR ${ofSenders.sql})`,
    parameters: { ...ofBroadcasts.parameters, ...ofSenders.parameters },
  }
}

/** The leaves in a scope, added up by the database. `customers`: those whom the reader can view. */
export async function readLeaves(db: EntityManager, scope: ResultScope, { major, minor }: Levels, customers: RowFilter): Promise<Leaf[]> {
  const rows = SumRows.parse(await selectNamed(db, `SELECT ${major} AS major, ${minor} AS minor, ${sums} FROM ${from} WHERE ${scope.sql} GROUP BY ${major}, ${minor}`, { ...scope.parameters }))
  const known = rows.map((row) => ({ major: row.major, minor: row.minor, counts: eachCell((cell) => Number(row[cell])) }))
  if (messagesIn(sumOf(known.map((one) => one.counts))) > mostLookedUp) return known.map((one) => ({ ...one, hidden: one.counts }))
  const hidden = await readHidden(db, scope, { major, minor }, customers)
  return known.map((one) => ({ ...one, hidden: hidden.get(keyOf(one)) ?? none }))
}

const from = 'broadcast_results results JOIN broadcasts broadcasts ON broadcasts.id = results.broadcast_id'
const columns: Readonly<Record<ResultCell, string>> = {
  sent: 'sent', leaving: 'leaving', unsent: 'unsent', notFriend: 'not_friend', overLimit: 'over_limit', leftOut: 'left_out', replied: 'replied', visited: 'visited', ordered: 'ordered', contracted: 'contracted',
}
const sums = resultCells.map((cell) => `SUM(results.${columns[cell]}) AS ${cell}`).join(', ')
const maybeText = z.union([z.null(), z.coerce.string()])
const SumRows = z.array(z.looseObject({ major: maybeText, minor: z.string() }))
const OutcomeRows = z.array(z.object({ major: maybeText, minor: z.string(), outcome: z.string(), total: z.coerce.number() }))
const ConversionRows = z.array(z.object({ major: maybeText, minor: z.string(), replied: z.coerce.number(), visited: z.coerce.number(), ordered: z.coerce.number(), contracted: z.coerce.number() }))
const cellOf: Readonly<Record<string, ResultCell>> = { 'sent': 'sent', 'leaving': 'leaving', 'unsent': 'unsent', 'not-friend': 'notFriend', 'over-limit': 'overLimit', 'left-out': 'leftOut' }

const keyOf = ({ major, minor }: { readonly major: string | null, readonly minor: string }): string => `${major ?? ''} ${minor}`

/** How many messages of each leaf went to customers whom the filter does not allow. */
async function readHidden(db: EntityManager, scope: ResultScope, { major, minor }: Levels, filter: RowFilter): Promise<Map<string, Counts>> {
  const parameters = { ...scope.parameters, ...filter.parameters }
  const isHidden = `CASE WHEN ${filter.sql} THEN 0 ELSE 1 END = 1`
  const outcomes = OutcomeRows.parse(await selectNamed(db, `SELECT ${major} AS major, ${minor} AS minor, recipients.outcome AS outcome, COUNT(*) AS total FROM ${from}
    JOIN broadcast_recipients recipients ON recipients.plan_id = results.plan_id AND recipients.staff_id = results.staff_id
    LEFT JOIN customers customers ON customers.id = recipients.customer_id
    WHERE ${scope.sql} AND ${isHidden} GROUP BY ${major}, ${minor}, recipients.outcome`, parameters))
  const conversions = ConversionRows.parse(await selectNamed(db, `SELECT ${major} AS major, ${minor} AS minor, COUNT(used.replied_at) AS replied, COUNT(used.visited_at) AS visited,
      COUNT(used.ordered_at) AS ordered, COUNT(used.contracted_at) AS contracted FROM ${from}
    JOIN template_uses used ON used.source_id = results.plan_id AND used.staff_id = results.staff_id
    LEFT JOIN customers customers ON customers.id = used.customer_id
    WHERE ${scope.sql} AND ${isHidden} GROUP BY ${major}, ${minor}`, parameters))
  const found = new Map<string, Record<ResultCell, number>>()
  const at = (row: { readonly major: string | null, readonly minor: string }) => {
    const counts = found.get(keyOf(row)) ?? { ...none }
    found.set(keyOf(row), counts)
    return counts
  }
  for (const row of outcomes) {
    const cell = cellOf[row.outcome]
    if (cell !== undefined) at(row)[cell] += row.total
  }
  for (const row of conversions) Object.assign(at(row), { replied: row.replied, visited: row.visited, ordered: row.ordered, contracted: row.contracted })
  return found
}
