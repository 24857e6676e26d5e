import { setImmediate as nextTurn } from 'node:timers/promises'
import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { AudienceFilter, ExclusionReason, SenderMode } from '#shared/broadcast-words'
import { selectNamed, useIndex, type ActorAccess } from '../../access/index.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { staff } from '../../organization/index.ts'
import { assignedGroups, decideGroups, groupsWithoutSender, isToGroups } from '../to-groups/walk-groups.ts'
import { allowedAudience, type AllowedAudience } from './allowed-audience.ts'
import { contactDays, contactReason, daysAround, holdContacts, type FrequencyRule } from './frequency.ts'

/** Somebody who will be written to; or a group, whose id stands in the customer's place. */
export interface Candidate {
  readonly customerId: string
  readonly valueTier: number | null
  /** The author cannot view him: of such customers he learns numbers only. */
  readonly isHidden: boolean
}

/** A part of the audience of one sender; `staffId` null: of customers whom no sender could reach. */
export interface AudiencePage {
  readonly staffId: string | null
  readonly kept: readonly Candidate[]
  readonly dropped: readonly { readonly reason: ExclusionReason, readonly isHidden: boolean, readonly count: number }[]
}

export interface AudienceQuestion {
  readonly actor: ActorAccess
  readonly senders: SenderMode
  readonly filter: AudienceFilter
  /** The template's own condition (S41). */
  readonly template: { readonly category: string, readonly spendAtLeastFen: number | null, readonly valueTierAtLeast: number | null }
  /** The day of the company for which it is planned. */
  readonly day: string
  readonly frequency: FrequencyRule
  /** A plan of the same broadcast that this one would replace. */
  readonly exceptPlanId: string | null
}

export interface AudienceReading {
  readonly db: EntityManager
  /** Given: customers are held until this transaction ends, so that what is found stays true. */
  readonly work: UnitOfWork | null
  actorsFor(staffIds: readonly string[]): Promise<ReadonlyMap<string, ActorAccess>>
}

const atOnce = 500
/** A page asks the rules of each of its senders; the customers of so many are listed at once. */
const sendersOfPage = 40
const sendersAtOnce = 200

/**
 * Walks through the audience sender by sender in pages, so that a hundred thousand customers need no memory. Senders and the
 * customers of each come in the order of their ids. Throws `access.filter_refused`.
 */
export async function* walkAudience(reading: AudienceReading, question: AudienceQuestion): AsyncGenerator<AudiencePage> {
  const nobody = await withoutSender(reading, question)
  if (nobody !== null) yield nobody
  for await (const slice of slicesOf(reading, question)) {
    for await (const page of decideSlice(reading, question, slice)) yield page
  }
}

/** Customers of some senders, about whom nothing is decided yet. */
export interface AudienceSlice {
  readonly assigned: readonly Assigned[]
  /** The senders, under the rules of the moment at which their customers were listed. */
  readonly people: ReadonlyMap<string, ActorAccess>
  /** The last sender, if the next slice goes on with him. */
  readonly goesOnWith: string | null
}

/** The audience in slices: of at most 500 customers and 40 senders, so that a transaction about one is short. */
export async function* slicesOf(reading: AudienceReading, question: AudienceQuestion): AsyncGenerator<AudienceSlice> {
  if (isToGroups(question.senders)) return yield* slicesOfGroups(reading, question)
  const allowed = allowedAudience(question.actor, question.filter, question.template.category)
  if (allowed.rows.isNothing) return
  const staffIds = await sendersOf(reading, question, allowed)
  for (let from = 0; from < staffIds.length; from += sendersAtOnce) {
    const some = staffIds.slice(from, from + sendersAtOnce)
    const people = question.senders === 'self' ? new Map([[question.actor.staffId, question.actor]]) : await reading.actorsFor(some)
    for (const page of pagesOf(await customersOf(reading, question, allowed, some))) {
      yield { ...page, people }
      // On SQLite nothing else waits for anything: without this, no request and no callback would be served before the end.
      await nextTurn()
    }
  }
}

async function* slicesOfGroups(reading: AudienceReading, question: AudienceQuestion): AsyncGenerator<AudienceSlice> {
  for (const page of pagesOf(await assignedGroups(reading, question))) {
    yield { ...page, people: await reading.actorsFor([...new Set(page.assigned.map((one) => one.staffId))]) }
  }
}

/** Decides about each customer of a slice, from the facts of this moment. With `work`, customers are held until it ends. */
export function decideSlice(reading: Pick<AudienceReading, 'db' | 'work'>, question: AudienceQuestion, { assigned, people }: AudienceSlice): AsyncGenerator<AudiencePage> {
  return (isToGroups(question.senders) ? decideGroups : decidePage)(reading, question, people, assigned)
}

/** A customer and who would write to him. */
export interface Assigned {
  readonly id: string
  readonly staffId: string
}

/** Pieces of a list that is ordered by sender. */
function* pagesOf(assigned: readonly Assigned[]): Generator<Omit<AudienceSlice, 'people'>> {
  let page: Assigned[] = []
  let senders = 0
  for (const one of assigned) {
    const last = page.at(-1)?.staffId ?? null
    const isNext = last !== one.staffId
    if (page.length >= atOnce || (isNext && senders >= sendersOfPage)) {
      yield { assigned: page, goesOnWith: isNext ? null : last }
      page = []
      senders = 0
    }
    if (page.length === 0 || isNext) senders += 1
    page.push(one)
  }
  if (page.length > 0) yield { assigned: page, goesOnWith: null }
}

const Owner = z.object({ staffId: z.string() })

async function sendersOf({ db }: AudienceReading, { actor, senders }: AudienceQuestion, { rows, where, parameters }: AllowedAudience): Promise<string[]> {
  if (senders === 'self') return [actor.staffId]
  const found = await selectNamed(db, `SELECT customers.owner_staff_id AS staffId FROM customers customers
    WHERE customers.owner_staff_id IS NOT NULL AND (${rows.sql}) AND ${where} GROUP BY customers.owner_staff_id`, { ...rows.parameters, ...parameters })
  const owners = z.array(Owner).parse(found).map((row) => row.staffId)
  const active: string[] = []
  for (let from = 0; from < owners.length; from += atOnce) {
    const people = await db.getRepository(staff).find({ select: { id: true }, where: { id: In(owners.slice(from, from + atOnce)), status: 'active' } })
    active.push(...people.map((person) => person.id))
  }
  return active.sort()
}

const Counted = z.object({ seen: z.coerce.number(), total: z.coerce.number() })

/** Those who belong to nobody who works here, where each customer is written to by his owner; null where they are not. */
export async function withoutSender(reading: AudienceReading, question: AudienceQuestion): Promise<AudiencePage | null> {
  const { actor, filter, senders, template } = question
  if (isToGroups(senders)) return groupsWithoutSender(reading, question)
  const { rows, where, parameters } = allowedAudience(actor, filter, template.category)
  if (senders !== 'owners' || rows.isNothing) return null
  const view = actor.rowFilter('customer.profile.view')
  const found = await selectNamed(reading.db, `SELECT CASE WHEN ${view.sql} THEN 1 ELSE 0 END AS seen, COUNT(*) AS total FROM customers customers
    WHERE (${rows.sql}) AND ${where} AND (customers.owner_staff_id IS NULL OR customers.owner_staff_id NOT IN (SELECT person.id FROM staff person WHERE person.status = 'active'))
    GROUP BY CASE WHEN ${view.sql} THEN 1 ELSE 0 END`, { ...rows.parameters, ...view.parameters, ...parameters })
  return { staffId: null, kept: [], dropped: z.array(Counted).parse(found).map(({ seen, total }) => ({ reason: 'unreachable', isHidden: seen === 0, count: total })) }
}

const Customer = z.object({ id: z.string(), staffId: z.string() })

/** The customers of these senders: their own, and where the author sends himself also those whom he only follows. */
async function customersOf({ db }: AudienceReading, { actor, senders }: AudienceQuestion, { rows, where, parameters }: AllowedAudience, staffIds: readonly string[]): Promise<Assigned[]> {
  const dialect = db.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql'
  const [index, his, sender] = senders === 'owners'
    ? [useIndex(dialect, 'ix_customers_owner'), 'customers.owner_staff_id IN (:...audienceSenders)', 'customers.owner_staff_id']
    : ['', `customers.id IN (SELECT owned.id FROM customers owned WHERE owned.owner_staff_id = :audienceSelf
        UNION SELECT followed.customer_id FROM follows followed WHERE followed.staff_id = :audienceSelf AND followed.ended_at IS NULL AND followed.live_key IS NOT NULL)`, ':audienceSelf']
  const found = await selectNamed(db, `SELECT customers.id AS id, ${sender} AS staffId FROM customers customers ${index} WHERE ${his} AND (${rows.sql}) AND ${where}`,
    { ...rows.parameters, ...parameters, audienceSenders: [...staffIds], audienceSelf: actor.staffId })
  return z.array(Customer).parse(found).sort((one, other) => (one.staffId === other.staffId ? (one.id < other.id ? -1 : 1) : one.staffId < other.staffId ? -1 : 1))
}

const Row = z.object({
  id: z.string(), tier: z.union([z.null(), z.coerce.number()]), may: z.coerce.number(), seen: z.coerce.number(), reachable: z.coerce.number(), refuses: z.coerce.number(), spend: z.coerce.number(),
})
type Row = z.infer<typeof Row>

/** He asked not to be contacted. */
export const refusesContact = '(SELECT 1 FROM contact_refusals refusal WHERE refusal.live_key = customers.id) IS NOT NULL'

export const spend = '(SELECT COALESCE(SUM(bought.amount_fen), 0) FROM orders bought WHERE bought.customer_id = customers.id)'

const flagOf = (sql: string): string => `CASE WHEN ${sql} THEN 1 ELSE 0 END`

/** What decides about the customers of one page, each with his own sender. */
async function readPage({ db }: Pick<AudienceReading, 'db'>, { actor, senders, template }: AudienceQuestion, people: ReadonlyMap<string, ActorAccess>, page: readonly Assigned[]): Promise<Row[]> {
  const view = actor.rowFilter('customer.profile.view')
  const sender = senders === 'self' ? ':audienceSelf' : 'customers.owner_staff_id'
  const parameters: Record<string, unknown> = { ...view.parameters, audienceSelf: actor.staffId, audienceIds: page.map((one) => one.id) }
  const branches = [...new Set(page.map((one) => one.staffId))].flatMap((staffId, place) => {
    const may = people.get(staffId)?.rowFilter('marketing.broadcasts.operate', { templateCategory: template.category })
    if (may === undefined || may.isNothing) return []
    Object.assign(parameters, may.parameters, { [`audienceSender${place}`]: staffId })
    return [`WHEN ${sender} = :audienceSender${place} AND ${may.sql} THEN 1`]
  })
  // A follow in force that the customer has not ended from his side: WeCom delivers nothing otherwise.
  const reachable = `(SELECT 1 FROM follows link WHERE link.customer_id = customers.id AND link.staff_id = ${sender}
    AND link.ended_at IS NULL AND link.live_key IS NOT NULL AND link.customer_deleted_at IS NULL LIMIT 1) IS NOT NULL`
  const found = await selectNamed(db, `SELECT customers.id AS id, customers.value_tier AS tier, ${branches.length === 0 ? '0' : `CASE ${branches.join(' ')} ELSE 0 END`} AS may,
    ${flagOf(view.sql)} AS seen, ${flagOf(reachable)} AS reachable, ${flagOf(refusesContact)} AS refuses,
    ${template.spendAtLeastFen === null ? '0' : spend} AS spend FROM customers customers WHERE customers.id IN (:...audienceIds)`, parameters)
  return z.array(Row).parse(found)
}

async function* decidePage(reading: Pick<AudienceReading, 'db' | 'work'>, question: AudienceQuestion, people: ReadonlyMap<string, ActorAccess>, page: readonly Assigned[]): AsyncGenerator<AudiencePage> {
  const { db, work } = reading
  const { day, frequency, template } = question
  const rows = new Map((await readPage(reading, question, people, page)).map((row) => [row.id, row]))
  const able = [...rows.values()].filter((row) => reasonOf(row, template) === null).map((row) => row.id)
  if (work !== null) await holdContacts(work, able)
  const contacts = await contactDays(db, able, daysAround(day, frequency), question.exceptPlanId)
  for (const staffId of new Set(page.map((one) => one.staffId))) {
    const kept: Candidate[] = []
    const dropped = new Map<string, { reason: ExclusionReason, isHidden: boolean, count: number }>()
    for (const { id } of page.filter((one) => one.staffId === staffId)) {
      const row = rows.get(id)
      if (row === undefined) continue
      const reason = reasonOf(row, template) ?? contactReason(contacts.get(id) ?? [], day, frequency)
      const isHidden = row.seen === 0
      if (reason === null) {
        kept.push({ customerId: id, valueTier: row.tier, isHidden })
        continue
      }
      const key = `${reason} ${isHidden}`
      const known = dropped.get(key) ?? { reason, isHidden, count: 0 }
      known.count += 1
      dropped.set(key, known)
    }
    yield { staffId, kept, dropped: [...dropped.values()] }
  }
}

function reasonOf(row: Row, template: AudienceQuestion['template']): ExclusionReason | null {
  if (row.may === 0) return 'sender-not-allowed'
  if (row.refuses === 1) return 'asked-not'
  if (row.reachable === 0) return 'unreachable'
  return conditionReason(row, template)
}

/** Whether the template is for others (S41). */
export function conditionReason(row: Pick<Row, 'tier' | 'spend'>, { spendAtLeastFen, valueTierAtLeast }: Pick<AudienceQuestion['template'], 'spendAtLeastFen' | 'valueTierAtLeast'>): 'below-tier' | 'below-spend' | null {
  if (valueTierAtLeast !== null && (row.tier === null || row.tier < valueTierAtLeast)) return 'below-tier'
  if (spendAtLeastFen !== null && row.spend < spendAtLeastFen) return 'below-spend'
  return null
}
