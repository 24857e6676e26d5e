import { In, IsNull, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { taskView, type Core } from './core.ts'
import { outreachRecipients, type OutreachTaskRow, type RecipientOutcome } from './outreach.entity.ts'
import type { SettledOutcome } from './source.ts'

const perStatement = 500

/** Pieces of a list that one statement takes. */
export function* pieces<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += perStatement) yield list.slice(from, from + perStatement)
}

export interface OpenRecipient {
  readonly customerId: string
  readonly externalUserId: string
}

const OpenRow = z.object({ customer_id: z.string(), external_user_id: z.string() })

/** The customers or groups of a task without an outcome, as WeCom names them today. */
export async function openRecipients(db: EntityManager, { id: taskId, target }: Pick<OutreachTaskRow, 'id' | 'target'>): Promise<OpenRecipient[]> {
  const rows = await selectNamed(db, target === 'groups'
    ? 'select r.customer_id, g.chat_id as external_user_id from outreach_recipients r join customer_groups g on g.id = r.customer_id where r.task_id = :taskId and r.outcome is null'
    : 'select r.customer_id, c.external_user_id from outreach_recipients r join customers c on c.id = r.customer_id where r.task_id = :taskId and r.outcome is null', { taskId })
  return z.array(OpenRow).parse(rows).map((row) => ({ customerId: row.customer_id, externalUserId: row.external_user_id }))
}

export const hasOpenRecipients = (db: EntityManager, taskId: string): Promise<boolean> => db.existsBy(outreachRecipients, { taskId, outcome: IsNull() })

/**
 * Stores final outcomes, each once, and lets the source settle its quotas. The caller holds the row of the task, so that nobody else
 * settles between reading and writing.
 */
export async function settle(core: Core, work: UnitOfWork, task: OutreachTaskRow, outcomes: readonly SettledOutcome[]): Promise<void> {
  const now = core.clock()
  const settled: SettledOutcome[] = []
  for (const piece of pieces(outcomes)) {
    const open = new Set((await work.db.find(outreachRecipients, {
      select: { customerId: true }, where: { taskId: task.id, outcome: IsNull(), customerId: In(piece.map((one) => one.customerId)) },
    })).map((row) => row.customerId))
    const wanted = piece.filter((one) => open.delete(one.customerId))
    for (const [outcome, ids] of byOutcome(wanted)) {
      const { affected } = await work.db.update(outreachRecipients, { taskId: task.id, outcome: IsNull(), customerId: In(ids) }, { outcome, outcomeAt: now })
      if (affected !== ids.length) throw new Invariant('somebody else settled a recipient of a task that is held')
    }
    settled.push(...wanted)
  }
  await tellSource(core, work, task, settled)
}

/** The same outcome for everybody who has none. */
export async function settleRest(core: Core, work: UnitOfWork, task: OutreachTaskRow, outcome: RecipientOutcome): Promise<number> {
  const now = core.clock()
  const open = await work.db.find(outreachRecipients, { select: { customerId: true }, where: { taskId: task.id, outcome: IsNull() } })
  await work.db.update(outreachRecipients, { taskId: task.id, outcome: IsNull() }, { outcome, outcomeAt: now })
  await tellSource(core, work, task, open.map(({ customerId }) => ({ customerId, outcome, at: now })))
  return open.length
}

async function tellSource(core: Core, work: UnitOfWork, task: OutreachTaskRow, outcomes: readonly SettledOutcome[]): Promise<void> {
  if (outcomes.length > 0) await sourceOf(core, task.source).settled(work, taskView(task), outcomes)
}

/** A source that is not registered is a mistake in the wiring: nothing of it may leave or end unnoticed. */
export function sourceOf(core: Core, name: string) {
  const source = core.sources.get(name)
  if (source === undefined) throw new Invariant(`no domain has registered the outreach source ${name}`)
  return source
}

function byOutcome(outcomes: readonly SettledOutcome[]): Map<RecipientOutcome, string[]> {
  const groups = new Map<RecipientOutcome, string[]>()
  for (const { outcome, customerId } of outcomes) {
    const group = groups.get(outcome)
    if (group === undefined) groups.set(outcome, [customerId])
    else group.push(customerId)
  }
  return groups
}
