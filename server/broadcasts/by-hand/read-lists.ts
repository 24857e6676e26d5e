import { In, LessThanOrEqual } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { fit } from '../../database/columns.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { addOutbox, type OutboxHandler } from '../../jobs/index.ts'
import { syncStates } from '../../organization/index.ts'
import type { FoundBroadcast } from '../../wecom/index.ts'
import { handBroadcasts, type HandBroadcast, type HandFinding } from './hand.entity.ts'
import { findingKind, handTextContext, readKind, type HandOptions } from './hand-options.ts'

const listKind = 'hand-broadcasts.list'
const stateName = 'hand-broadcasts'
const dayMs = 86_400_000
/** WeCom lists at most a month at once (path/93338), and the shortest month has so many days. */
const windowMs = 28 * dayMs
/** The first reading covers the month that is being counted. */
const firstMs = 31 * dayMs
/** Read once more each time: the list may show something late, and WeCom says nothing of how late. */
const overlapMs = dayMs
/** Somebody is told of what is new, not of what was sent before we began to look. */
const newsMs = 3 * dayMs
/** WeCom is still handing out what was made a moment ago (41063). */
const firstReadingMs = 60_000
const mostAtOnce = 500

const State = z.object({ until: z.number() })

/** Wants a look at WeCom's lists; every ten minutes. */
export async function wantHandBroadcasts(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: listKind, payload: {}, uniqueKey: listKind, reviveParked: true })
}

/** Only reads from WeCom, and writes each broadcast once: repeating is harmless. */
export const listEffect = (options: HandOptions): [string, OutboxHandler] => [listKind, { repeat: 'safe', run: () => readLists(options) }]

/**
 * Stores what was made since the last look by somebody in WeCom's client or administration, page by page; what an application made,
 * ours among it, has no creator (WeCom doc path/93338) and is counted where it leaves. The place up to which the lists were read
 * moves last: what a crash cut off is read again.
 */
async function readLists(options: HandOptions) {
  const { database, access, wecom } = options
  const now = access.clock.now()
  const seen = await database.db.getRepository(syncStates).findOneBy({ name: stateName })
  const from = seen === null ? now - firstMs : Math.min(now, State.parse(seen.value).until) - overlapMs
  for (let begin = from; begin < now; begin += windowMs) {
    for await (const page of wecom.listBroadcasts({ from: begin, to: Math.min(now, begin + windowMs), which: 'all' })) {
      const byHand = page.filter((one) => one.creator !== null || one.personal)
      if (byHand.length > 0) await database.transaction((work) => storeFound(options, work, byHand))
    }
  }
  return async (work: UnitOfWork) => {
    await moveOn(work, seen?.updatedAt ?? null, now)
    const due = await work.db.getRepository(handBroadcasts).find({ select: { id: true }, where: { nextAt: LessThanOrEqual(now) }, order: { nextAt: 'ASC', id: 'ASC' }, take: mostAtOnce })
    for (const { id } of due) await wantReading(work, id, 0)
  }
}

/** Where another process was faster, its place stands: it is no further than what both have stored. */
async function moveOn(work: UnitOfWork, seenAt: number | null, until: number): Promise<void> {
  const table = work.db.getRepository(syncStates)
  if (seenAt !== null) {
    await table.update({ name: stateName, updatedAt: seenAt }, { value: { until }, updatedAt: until })
    return
  }
  try {
    await table.insert({ name: stateName, value: { until }, updatedAt: until })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
}

async function wantReading(work: UnitOfWork, id: string, delayMs: number): Promise<void> {
  await addOutbox(work, { kind: readKind, payload: { id }, uniqueKey: `${readKind}:${id}`, reviveParked: true, delayMs })
}

async function storeFound(options: HandOptions, work: UnitOfWork, found: readonly FoundBroadcast[]): Promise<void> {
  const table = work.db.getRepository(handBroadcasts)
  const known = new Set((await table.find({ select: { msgid: true }, where: { msgid: In(found.map((one) => one.msgid)) } })).map((one) => one.msgid))
  for (const one of found) {
    if (known.has(one.msgid)) continue
    known.add(one.msgid)
    const row = await rowOf(options, work, one)
    await table.insert(row)
    await wantReading(work, row.id, firstReadingMs)
    if (row.verdict !== 'pass' && row.madeAt >= row.foundAt - newsMs) await addOutbox(work, { kind: findingKind, payload: { id: row.id } })
  }
}

async function rowOf({ access, audit, screenings, sealer }: HandOptions, work: UnitOfWork, found: FoundBroadcast): Promise<HandBroadcast> {
  const now = access.clock.now()
  const { verdict, findings } = worstOf(await screenings.scanAll([found.text, ...found.attachments.flatMap((one) => one.target ?? [])], work.db))
  const row: HandBroadcast = {
    id: uuid(), msgid: found.msgid, creatorUserid: found.creator, personal: found.personal, madeAt: found.createdAt,
    textSealed: sealer.seal(fit(found.text, 12_000), handTextContext), verdict, findings, foundAt: now, nextAt: now + firstReadingMs, readings: 0, version: 1,
  }
  await audit.record(work.db, {
    actorKind: 'system', action: 'broadcast.hand-found', subjectKind: 'hand-broadcast', subjectId: row.id, outcome: 'done',
    details: { msgid: row.msgid, userid: row.creatorUserid ?? '', verdict, findings: findings.length },
  })
  return row
}

type Scans = Awaited<ReturnType<HandOptions['screenings']['scanAll']>>

function worstOf(scans: Scans): Pick<HandBroadcast, 'verdict' | 'findings'> {
  const findings = new Map<string, HandFinding>()
  for (const { category, severity, reason } of scans.flatMap((one) => one.hits)) findings.set(`${category} ${severity} ${reason}`, { category, severity, reason })
  const verdict = (['block', 'review'] as const).find((one) => scans.some((scan) => scan.verdict === one)) ?? 'pass'
  return { verdict, findings: [...findings.values()] }
}
