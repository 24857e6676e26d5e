import { MoreThan } from 'typeorm'
import { z } from 'zod'
import { takeAnchor, type Anchor } from '../audit/index.ts'
import { auditAnchors } from '../audit/audit.entity.ts'
import { dayOf, daysLater } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { appendAnchors } from './anchor-file.ts'
import type { OversightWorkers } from './oversight.workers.ts'

/**
 * For this long WeCom drops a message that equals one it has, so that a repeat after a crash reaches nobody twice. What was
 * not sent by then is left out: the next day's link holds all before it.
 */
const repeatWindowMs = 4 * 60 * 60_000
/** A file that could not be written for a while is made complete again for so many days. */
const daysMadeGood = 31

/** Once a day: notes the newest link and wants it sent outside, in one transaction. */
export async function anchorAudit({ database, clock, zone, anchorTo }: OversightWorkers): Promise<void> {
  const now = clock()
  await database.transaction(async (work) => {
    const anchor = await takeAnchor(work, dayOf(now, zone), now)
    if (anchor === null) return
    if (anchorTo.file !== null) await wantFile(work)
    if (anchorTo.userids.length > 0) await wantMessage(work, anchor.day, now)
  })
}

async function wantFile(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: 'audit.anchor-file', payload: {}, uniqueKey: 'audit.anchor-file', whileRunning: 'again', reviveParked: true })
}

async function wantMessage(work: UnitOfWork, day: string, now: number): Promise<void> {
  await addOutbox(work, { kind: 'audit.anchor-message', payload: { day }, uniqueKey: `audit.anchor-message:${day}`, expiresAt: now + repeatWindowMs })
}

const OneDay = z.object({ day: z.string() })

export function anchorEffects({ database, wecom, clock, log, zone, anchorTo }: OversightWorkers): [string, OutboxHandler][] {
  return [
    ['audit.anchor-file', {
      repeat: 'read-back',
      run: async () => {
        const since = daysLater(dayOf(clock(), zone), -daysMadeGood)
        const anchors = await database.db.find(auditAnchors, { where: { day: MoreThan(since) }, order: { day: 'ASC' } })
        if (anchorTo.file === null) return
        const lines = await appendAnchors(anchorTo.file, anchors)
        // Today's line is what it lacks every day. More were lost with the file, or somebody took them out of it.
        if (lines > 1) log.error({ lines }, 'the file of audit anchors lacked lines of former days')
      },
    }],
    ['audit.anchor-message', {
      repeat: 'safe',
      run: async (payload) => {
        const anchor = await database.db.findOneBy(auditAnchors, { day: OneDay.parse(payload).day })
        if (anchor === null || anchorTo.userids.length === 0) return
        await wecom.sendMessage({ to: { userids: anchorTo.userids }, message: { type: 'text', content: anchorText(anchor) }, repeatWindowMs })
      },
    }],
  ]
}

const anchorText = ({ day, seq, hash }: Anchor) =>
  `审计链锚点 ${day}\n第 ${seq} 环\n${hash}\n请保留此消息：日后可据此证明审计记录未被改写。\nAudit anchor: link ${seq}. Keep this message.`
