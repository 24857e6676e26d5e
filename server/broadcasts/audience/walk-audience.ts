import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { AudienceFilter, ExclusionReason, SenderMode } from '#shared/broadcast-words'
import { selectNamed, useIndex, type ActorAccess } from '../../access/index.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { staff } from '../../organization/index.ts'
import { allowedAudience, type AllowedAudience } from './allowed-audience.ts'
import { contactDays, daysAround, holdContacts, isOverWecomLimit, isTooOften, type FrequencyRule } from './frequency.ts'

/** Somebody who will be written to. */
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
  actorFor(staffId: string): Promise<ActorAccess>
}

const atOnce = 500

/**
 * Walks through the audience sender by sender in pages, so that a hundred thousand customers need no memory. Senders and the
 * customers of each come in the order of their ids: two submissions hold customers in the same order. Throws
 * `access.filter_refused`.
 */
export async function* walkAudience(reading: AudienceReading, question: AudienceQuestion): AsyncGenerator<AudiencePage> {
  const allowed = allowedAudience(question.actor, question.filter, question.template.category)
  if (allowed.rows.isNothing) return
  if (question.senders === 'owners') yield await withoutSender(reading, question, allowed)
  for (const staffId of await sendersOf(reading, question, allowed)) {
    const ids = await customersOf(reading, question, allowed, staffId)
    const sender = staffId === question.actor.staffId ? question.actor : await reading.actorFor(staffId)
    for (let from = 0; from < ids.length; from += atOnce) yield await decidePage(reading, question, sender, ids.slice(from, from + atOnce))
  }
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

/** Those who belong to nobody who works here: each customer is written to by his owner, and these have none. */
async function withoutSender({ db }: AudienceReading, { actor }: AudienceQuestion, { rows, where, parameters }: AllowedAudience): Promise<AudiencePage> {
  const view = actor.rowFilter('customer.profile.view')
  const found = await selectNamed(db, `SELECT CASE WHEN ${view.sql} THEN 1 ELSE 0 END AS seen, COUNT(*) AS total FROM customers customers
    WHERE (${rows.sql}) AND ${where} AND (customers.owner_staff_id IS NULL OR customers.owner_staff_id NOT IN (SELECT person.id FROM staff person WHERE person.status = 'active'))
    GROUP BY CASE WHEN ${view.sql} THEN 1 ELSE 0 END`, { ...rows.parameters, ...view.parameters, ...parameters })
  return { staffId: null, kept: [], dropped: z.array(Counted).parse(found).map(({ seen, total }) => ({ reason: 'unreachable', isHidden: seen === 0, count: total })) }
}

const Id = z.object({ id: z.string() })

/** The ids of one sender's customers: his own, and where the author sends himself also those whom he only follows. */
async function customersOf({ db }: AudienceReading, { senders }: AudienceQuestion, { rows, where, parameters }: AllowedAudience, staffId: string): Promise<string[]> {
  const dialect = db.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql'
  const [index, his] = senders === 'owners'
    ? [useIndex(dialect, 'ix_customers_owner'), 'customers.owner_staff_id = :audienceSender']
    : ['', `customers.id IN (SELECT owned.id FROM customers owned WHERE owned.owner_staff_id = :audienceSender
        UNION SELECT followed.customer_id FROM follows followed WHERE followed.staff_id = :audienceSender AND followed.ended_at IS NULL AND followed.live_key IS NOT NULL)`]
  const found = await selectNamed(db, `SELECT customers.id AS id FROM customers customers ${index} WHERE ${his} AND (${rows.sql}) AND ${where}`, { ...rows.parameters, ...parameters, audienceSender: staffId })
  return z.array(Id).parse(found).map((row) => row.id).sort()
}

const Row = z.object({
  id: z.string(), tier: z.union([z.null(), z.coerce.number()]), may: z.coerce.number(), seen: z.coerce.number(), reachable: z.coerce.number(), spend: z.coerce.number(),
})
type Row = z.infer<typeof Row>

/** A follow in force that the customer has not ended from his side: WeCom delivers nothing otherwise. */
const reachable = `(SELECT 1 FROM follows link WHERE link.customer_id = customers.id AND link.staff_id = :audienceSender
  AND link.ended_at IS NULL AND link.live_key IS NOT NULL AND link.customer_deleted_at IS NULL LIMIT 1) IS NOT NULL`
const spend = '(SELECT COALESCE(SUM(bought.amount_fen), 0) FROM orders bought WHERE bought.customer_id = customers.id)'

async function decidePage(reading: AudienceReading, question: AudienceQuestion, sender: ActorAccess, ids: readonly string[]): Promise<AudiencePage> {
  const { db, work } = reading
  const { day, frequency, template } = question
  const [may, view] = [sender.rowFilter('marketing.broadcasts.operate', { templateCategory: template.category }), question.actor.rowFilter('customer.profile.view')]
  const flagOf = (sql: string) => `CASE WHEN ${sql} THEN 1 ELSE 0 END`
  const found = await selectNamed(db, `SELECT customers.id AS id, customers.value_tier AS tier, ${flagOf(may.sql)} AS may, ${flagOf(view.sql)} AS seen, ${flagOf(reachable)} AS reachable,
    ${template.spendAtLeastFen === null ? '0' : spend} AS spend FROM customers customers WHERE customers.id IN (:...audienceIds)`,
  { ...may.parameters, ...view.parameters, audienceSender: sender.staffId, audienceIds: [...ids] })
  const rows = z.array(Row).parse(found)
  const able = rows.filter((row) => reasonOf(row, template) === null).map((row) => row.id)
  if (work !== null) await holdContacts(work, able)
  const contacts = await contactDays(db, able, daysAround(day, frequency), question.exceptPlanId)
  const kept: Candidate[] = []
  const dropped = new Map<string, { reason: ExclusionReason, isHidden: boolean, count: number }>()
  for (const row of rows) {
    const reason = reasonOf(row, template) ?? contactReason(contacts.get(row.id) ?? [], question)
    const isHidden = row.seen === 0
    if (reason === null) {
      kept.push({ customerId: row.id, valueTier: row.tier, isHidden })
      continue
    }
    const key = `${reason} ${isHidden}`
    const known = dropped.get(key) ?? { reason, isHidden, count: 0 }
    known.count += 1
    dropped.set(key, known)
  }
  kept.sort((one, other) => (one.customerId < other.customerId ? -1 : 1))
  return { staffId: sender.staffId, kept, dropped: [...dropped.values()] }
}

function reasonOf(row: Row, { spendAtLeastFen, valueTierAtLeast }: AudienceQuestion['template']): ExclusionReason | null {
  if (row.may === 0) return 'sender-not-allowed'
  if (row.reachable === 0) return 'unreachable'
  if (valueTierAtLeast !== null && (row.tier === null || row.tier < valueTierAtLeast)) return 'below-tier'
  if (spendAtLeastFen !== null && row.spend < spendAtLeastFen) return 'below-spend'
  return null
}

function contactReason(days: readonly string[], { day, frequency }: AudienceQuestion): ExclusionReason | null {
  if (isOverWecomLimit(days, day)) return 'wecom-limit'
  return isTooOften(days, day, frequency) ? 'frequency' : null
}
