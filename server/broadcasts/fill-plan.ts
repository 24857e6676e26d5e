import type { ExclusionReason } from '#shared/broadcast-words'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { decideSlice, slicesOf, withoutSender, type AudiencePage, type AudienceQuestion, type AudienceSlice, type Candidate } from './audience/walk-audience.ts'
import { broadcastParts, broadcastRecipients, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { ContentHash } from './content-hash.ts'
import { holdPlanWork } from './plan-work/plan-work.ts'
import type { UsableTemplate } from './ports.ts'
import { capsOf, standingsOf } from './quotas/caps.ts'
import { reserve, type CountedMessage } from './quotas/quotas.ts'
import { rulesInForce, type BroadcastRules } from './rules/rules.ts'
import { textsOf, usableForBroadcast, type SenderText } from './texts.ts'

/** More would keep the author waiting for too long. */
export const mostRecipients = 120_000

/** What a submission has frozen. */
export interface Filled {
  readonly templateVersionId: string
  readonly recipients: number
  readonly hidden: number
  readonly excluded: Broadcast['excluded']
  readonly texts: readonly SenderText[]
  /** The recipients are in it; texts are not yet. */
  readonly hash: ContentHash
}

interface Filling {
  readonly row: Broadcast
  readonly planId: string
  readonly day: string
  readonly template: UsableTemplate
  readonly rules: BroadcastRules
  readonly question: AudienceQuestion
}

/** Messages of a sender whose customers go on in the next slice. */
type Open = ReadonlyMap<string, readonly CountedMessage[]>

interface Piece {
  readonly pages: readonly AudiencePage[]
  readonly texts: readonly SenderText[]
  readonly open: Open
}

/**
 * Writes the recipients, texts and quota shares of a plan whose work is under way, a slice of the audience in each transaction: for its
 * customers, two broadcasts are decided one after the other (S43), and the quota of a sender is reserved as a whole with the last of
 * his customers (S40). Throws what stops a broadcast; the caller takes away what was written.
 */
export async function fillPlan(options: BroadcastOptions, staffId: string, row: Broadcast, planId: string): Promise<Filled> {
  const { database: { db }, access, zone } = options
  const actor = await access.actorFor(staffId)
  const template = await usableForBroadcast(options, db, actor, row.templateId)
  const rules = await rulesInForce(db)
  const day = dayOf(row.plannedAt, zone)
  const question: AudienceQuestion = { actor, senders: row.senders, filter: row.audience, template, day, frequency: rules.frequency, exceptPlanId: null }
  const filling: Filling = { row, planId, day, template, rules, question }
  const reading = { db, work: null, actorsFor: (staffIds: readonly string[]) => access.actorsFor(staffIds) }
  const sum = new Sum()
  const nobody = await withoutSender(reading, question)
  if (nobody !== null) sum.add(nobody)
  let open: Open = new Map()
  const texts: SenderText[] = []
  for await (const slice of slicesOf(reading, question)) {
    const piece = await fillSlice(options, filling, slice, open)
    open = piece.open
    texts.push(...piece.texts)
    for (const page of piece.pages) sum.add(page)
    if (sum.recipients > mostRecipients) throw new ProjectError('broadcast.too_many', 409, { most: mostRecipients })
  }
  if (sum.recipients === 0) throw new ProjectError('broadcast.nobody_left', 409)
  return { templateVersionId: template.versionId, recipients: sum.recipients, hidden: sum.hidden, excluded: sum.excluded, texts, hash: sum.hash }
}

async function fillSlice(options: BroadcastOptions, filling: Filling, slice: AudienceSlice, before: Open): Promise<Piece> {
  const { planId, template, question } = filling
  return options.database.transaction(async (work) => {
    if (await holdPlanWork(options, work, planId, 'fill') === null) throw new ProjectError('broadcast.version_conflict', 409)
    const messages = new Map<string, CountedMessage[]>([...before].map(([staffId, known]) => [staffId, [...known]]))
    const pages: AudiencePage[] = []
    for await (const page of decideSlice({ db: work.db, work }, question, slice)) {
      pages.push(page)
      const { staffId, kept } = page
      if (staffId === null || kept.length === 0) continue
      await insertRecipients(work, filling, staffId, kept)
      const known = messages.get(staffId) ?? []
      for (const { valueTier } of kept) known.push({ category: template.category, valueTier })
      messages.set(staffId, known)
    }
    const open: Open = new Map([...messages].filter(([staffId]) => staffId === slice.goesOnWith))
    const complete = new Map([...messages].filter(([staffId]) => staffId !== slice.goesOnWith))
    return { pages, open, texts: await completeSenders(options, work, filling, complete) }
  })
}

/** The texts and quotas of senders all of whose customers are known. */
async function completeSenders(options: BroadcastOptions, work: UnitOfWork, { row, planId, day, template, rules }: Filling, senders: ReadonlyMap<string, readonly CountedMessage[]>): Promise<SenderText[]> {
  const staffIds = [...senders.keys()].sort()
  if (staffIds.length === 0) return []
  const texts = await textsOf(options, work.db, template, row.sentValues, staffIds)
  if (texts.some((one) => one.screening.verdict === 'block')) throw new ProjectError('broadcast.text_blocked', 409)
  await work.db.getRepository(broadcastParts).insert(texts.map(({ staffId, text }) => ({ planId, staffId, content: text, recipients: senders.get(staffId)?.length ?? 0 })))
  const standings = await standingsOf(options, work.db, staffIds, row.plannedAt)
  for (const staffId of staffIds) {
    const caps = capsOf(rules, standings.get(staffId) ?? { roles: [], months: 0, level: 0 })
    await reserve(work, { planId, staffId, day, caps, messages: senders.get(staffId) ?? [] })
  }
  return texts
}

/** By hand: a hundred thousand rows through the mapper would take as long as all the rest. */
async function insertRecipients(work: UnitOfWork, { planId, day }: Pick<Filling, 'planId' | 'day'>, staffId: string, kept: readonly Candidate[]): Promise<void> {
  const rows = kept.map((one) => [planId, one.customerId, staffId, one.valueTier, one.isHidden ? 1 : 0, day, 'planned'])
  await work.db.query(
    `INSERT INTO ${broadcastRecipients.options.tableName ?? ''} (plan_id, customer_id, staff_id, value_tier, is_hidden, day, outcome) VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
    rows.flat(),
  )
}

/** What the pieces come to. */
class Sum {
  recipients = 0
  hidden = 0
  readonly hash = new ContentHash()
  readonly excluded: Partial<Record<ExclusionReason, { readonly count: number, readonly hidden: number }>> = {}

  add({ staffId, kept, dropped }: AudiencePage): void {
    for (const { reason, count, isHidden } of dropped) {
      const before = this.excluded[reason] ?? { count: 0, hidden: 0 }
      this.excluded[reason] = { count: before.count + count, hidden: before.hidden + (isHidden ? count : 0) }
    }
    if (staffId === null) return
    this.recipients += kept.length
    this.hidden += kept.filter((one) => one.isHidden).length
    this.hash.addRecipients(staffId, kept.map((one) => one.customerId))
  }
}
