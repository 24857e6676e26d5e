import { In } from 'typeorm'
import { exclusionReasons, type ExclusionReason } from '#shared/broadcast-words'
import type { Preflight } from '#shared/contracts/broadcasts'
import { maskNumbers } from '#shared/access/index'
import { loadFacts, type ActorAccess } from '../access/index.ts'
import { CustomersRepository, customers, type Cards } from '../customers/index.ts'
import { dayOf } from '../company-day.ts'
import type { ActorContext } from '../http/context.ts'
import { walkAudience } from './audience/walk-audience.ts'
import type { Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { namesOf } from './find-broadcast.ts'
import { isToGroups } from './to-groups/walk-groups.ts'
import { figuresOf, type PartlyHidden } from './hidden-figures.ts'
import { neededSteps } from './needed-steps.ts'
import { isCounted } from './quotas/buckets.ts'
import { capsOf, standingsOf, type Cap } from './quotas/caps.ts'
import { leftOf, type CountedMessage } from './quotas/quotas.ts'
import { rulesInForce } from './rules/rules.ts'
import { reviewHitsOf, textsOf, usableForBroadcast } from './texts.ts'

const mostExamples = 5
const mostSenders = 200
const mostTexts = 20
/** WeCom takes so many customers in one task (path/92135). */
const perTask = 10_000
const groupsPerTask = 2_000

/** Counts that are added up while the audience is walked through. */
class Tally {
  count = 0
  hidden = 0

  add(count: number, hidden: number): void {
    this.count += count
    this.hidden += hidden
  }
}

interface SenderTally {
  readonly kept: Tally
  readonly messages: CountedMessage[]
}

/**
 * What a submission would come to at this moment; nothing is written or held. Of customers whom the author cannot view it tells
 * numbers only, small ones withheld.
 */
export async function preflightOf(options: BroadcastOptions, row: Broadcast, context: ActorContext, cards: Cards): Promise<Preflight> {
  const { database: { db }, access, zone } = options
  const { actor } = context
  actor.requireNotFrozen()
  const template = await usableForBroadcast(options, db, actor, row.templateId)
  const rules = await rulesInForce(db)
  const day = dayOf(row.plannedAt, zone)
  const kept = new Tally()
  const dropped = new Map<ExclusionReason, Tally>()
  const senders = new Map<string, SenderTally>()
  const visible: string[] = []
  const pages = walkAudience({ db, work: null, actorsFor: (staffIds) => access.actorsFor(staffIds) }, {
    actor, senders: row.senders, filter: row.audience, template, day, frequency: rules.frequency, exceptPlanId: row.planId,
  })
  for await (const page of pages) {
    for (const { reason, count, isHidden } of page.dropped) {
      const tally = dropped.get(reason) ?? new Tally()
      tally.add(count, isHidden ? count : 0)
      dropped.set(reason, tally)
    }
    if (page.staffId === null || page.kept.length === 0) continue
    const hidden = page.kept.filter((one) => one.isHidden).length
    const sender = senders.get(page.staffId) ?? { kept: new Tally(), messages: [] }
    senders.set(page.staffId, sender)
    kept.add(page.kept.length, hidden)
    sender.kept.add(page.kept.length, hidden)
    for (const { valueTier } of page.kept) sender.messages.push({ category: template.category, valueTier })
    for (const one of page.kept) if (!one.isHidden && visible.length < mostExamples) visible.push(one.customerId)
  }
  const staffIds = [...senders.keys()]
  const texts = await textsOf(options, db, template, row.sentValues, staffIds)
  const found = texts.filter((one) => one.screening.hits.length > 0)
  const names = await namesOf(db, staffIds)
  const reasons = exclusionReasons.filter((reason) => dropped.has(reason))
  const [keptFigure = { value: 0 }, ...droppedFigures] = figuresOf([kept, ...reasons.map((reason) => dropped.get(reason) ?? new Tally())])
  const reviewHits = reviewHitsOf(texts)
  const tasks = [...senders.values()].reduce((sum, one) => sum + Math.ceil(one.kept.count / (isToGroups(row.senders) ? groupsPerTask : perTask)), 0)
  return {
    kept: keptFigure,
    dropped: reasons.map((reason, place) => ({ reason, count: droppedFigures[place] ?? { suppressed: true } })),
    senders: await sendersOf(options, { day, plannedAt: row.plannedAt, senders: new Map([...senders].slice(0, mostSenders)), withheld: 'suppressed' in keptFigure, names, rules }),
    moreSenders: Math.max(0, senders.size - mostSenders),
    verdict: texts.some((one) => one.screening.verdict === 'block') ? 'block' : texts.some((one) => one.screening.verdict === 'review') ? 'review' : 'pass',
    texts: found.slice(0, mostTexts).flatMap(({ staffId, text, screening }) => {
      const sender = names.get(staffId)
      return sender === undefined ? [] : [{ userid: sender.userid, text, verdict: screening.verdict, hits: screening.hits.map((hit) => ({ ...hit })) }]
    }),
    // About a second each: one call at a time for each sender, at WeCom's pace.
    tasks, seconds: tasks,
    steps: neededSteps(rules, { recipients: kept.count, reviewHits, category: template.category }),
    examples: await examplesOf(options, context, cards, visible),
  }
}

interface Senders {
  readonly day: string
  readonly plannedAt: number
  readonly senders: ReadonlyMap<string, SenderTally>
  /** The sum of all is withheld: then no part of it may tell it. */
  readonly withheld: boolean
  readonly names: Awaited<ReturnType<typeof namesOf>>
  readonly rules: Awaited<ReturnType<typeof rulesInForce>>
}

async function sendersOf(options: BroadcastOptions, { day, plannedAt, senders, withheld, names, rules }: Senders): Promise<Preflight['senders']> {
  const { database: { db } } = options
  const standings = await standingsOf(options, db, [...senders.keys()], plannedAt)
  const figures = figuresOf([...senders.values()].map((one): PartlyHidden => one.kept))
  const listed: Preflight['senders'] = []
  for (const [place, [staffId, { kept, messages }]] of [...senders].entries()) {
    const name = names.get(staffId)
    if (name === undefined) continue
    const caps = capsOf(rules, standings.get(staffId) ?? { roles: [], months: 0, level: 0 })
    const figure = figures[place]
    listed.push({
      ...name, kept: figure === undefined || (withheld && kept.hidden > 0) ? { suppressed: true } : figure, ...await roomOf(options, staffId, day, caps, messages),
    })
  }
  return listed
}

/** The tightest of the caps that these messages meet. */
async function roomOf({ database: { db } }: BroadcastOptions, staffId: string, day: string, caps: readonly Cap[], messages: readonly CountedMessage[]): Promise<{ left: number, enough: boolean }> {
  const rooms = (await leftOf(db, staffId, day, caps)).map(({ bucket, left }) => ({ left, needed: messages.filter((message) => isCounted(bucket, message)).length })).filter((one) => one.needed > 0)
  const [tightest] = [...rooms].sort((one, other) => one.left - one.needed - (other.left - other.needed))
  return { left: tightest?.left ?? 0, enough: rooms.every((one) => one.left >= one.needed) }
}

/** Shown like a page of the list: counted among the cards that he opened. */
async function examplesOf({ database: { db } }: BroadcastOptions, context: ActorContext, cards: Cards, ids: readonly string[]): Promise<Preflight['examples']> {
  const { actor } = context
  if (ids.length === 0) return []
  const rows = await new CustomersRepository(db).many(actor.rowFilter('customer.profile.view'), await externalIdsOf(db, actor, ids))
  const facts = await loadFacts(db, rows.map((one) => one.id))
  await cards.show(context, rows.map((one) => one.id))
  return rows.flatMap(({ id, externalUserId, name }) => {
    const known = facts.get(id)
    if (known === undefined || !actor.decideFor('customer.profile.view', known).allowed) return []
    return [{ externalUserId, name: actor.fieldsFor(known).presentation('name') === 'clear' ? maskNumbers(name) : null }]
  })
}

async function externalIdsOf(db: BroadcastOptions['database']['db'], actor: ActorAccess, ids: readonly string[]): Promise<string[]> {
  const filter = actor.rowFilter('customer.profile.view')
  const rows = await db.createQueryBuilder(customers, 'customers').select(['customers.id', 'customers.externalUserId']).where({ id: In([...ids]) }).andWhere(`(${filter.sql})`, { ...filter.parameters }).getMany()
  return rows.map((one) => one.externalUserId)
}
