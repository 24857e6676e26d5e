import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed } from '../access/index.ts'
import type { OutreachProgress } from './source.ts'

const Row = z.object({ state: z.string(), made: z.coerce.number(), confirmed: z.coerce.number(), outcome: z.string().nullable(), total: z.coerce.number() })

/** Where the customers of a source stand, as numbers: who they are is the source's to show. */
export async function readProgress(db: EntityManager, source: string, sourceId: string): Promise<OutreachProgress> {
  const rows = z.array(Row).parse(await selectNamed(db, `select t.state, case when t.msgid is null then 0 else 1 end as made, case when t.confirmed_at is null then 0 else 1 end as confirmed, r.outcome, count(*) as total
    from outreach_tasks t join outreach_recipients r on r.task_id = t.id
    where t.source = :source and t.source_id = :sourceId
    group by t.state, case when t.msgid is null then 0 else 1 end, case when t.confirmed_at is null then 0 else 1 end, r.outcome`, { source, sourceId }))
  const count = (fits: (row: z.infer<typeof Row>) => boolean) => rows.reduce((sum, row) => sum + (fits(row) ? row.total : 0), 0)
  const open = (...states: string[]) => (row: z.infer<typeof Row>) => row.outcome === null && states.includes(row.state)
  return {
    planned: count(open('planned', 'intended')),
    created: count((row) => row.made === 1 && row.outcome !== 'left-out'),
    confirmed: count((row) => row.confirmed === 1 && row.outcome !== 'left-out'),
    sent: count((row) => row.outcome === 'sent'),
    notFriend: count((row) => row.outcome === 'not-friend'),
    overLimit: count((row) => row.outcome === 'over-limit'),
    unconfirmed: count((row) => open('created')(row) && row.confirmed === 0),
    withdrawn: count((row) => row.outcome === 'unsent' && row.state !== 'failed'),
    failed: count((row) => row.outcome === 'left-out' || (row.outcome === 'unsent' && row.state === 'failed')),
    parked: count(open('parked')),
  }
}
