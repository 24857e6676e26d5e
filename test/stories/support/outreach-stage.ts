import { dayOf, daysLater, instantOn } from '../../../server/company-day.ts'
import { customers } from '../../../server/customers/index.ts'
import type { UnitOfWork } from '../../../server/database/database.ts'
import { createTokenStore } from '../../../server/database/token-store.ts'
import { createOutreachWorker, outreachRecipients, outreachTasks, type OutreachAttachment, type OutreachTaskRow, type TaskCheck } from '../../../server/outreach/index.ts'
import { generateCompany } from '../../company/generate.ts'
import { createWecomClient } from '../../../server/wecom/index.ts'
import type { TestDatabaseKind } from '../../support/databases.ts'
import { storyApp, type StoryApp } from './story-app.ts'

const zone = 'Asia/Shanghai'

/** A running app with a domain that plans broadcasts as one would: it has its locks and keeps what it is told. */
export interface OutreachStage {
  readonly app: StoryApp
  /** What the locks say at the next check. */
  locks: TaskCheck
  /** Every outcome that was handed over in a transaction that committed, by customer. */
  readonly settled: Map<string, string[]>
  /** Company time of a day of the test, 0 being tomorrow. */
  at(day: number, hour: number, minute?: number): number
  /** Puts the clocks of server and WeCom to this instant. */
  travel(instant: number): void
  now(): number
  /** The external ids of a sender's customers, oldest first. */
  customersOf(userid: string, count: number): string[]
  /** Plans one text for some customers of a sender; returns the source's id. */
  plan(userid: string, externalUserIds: readonly string[], more?: { readonly text?: string, readonly notBefore?: number, readonly attachments?: readonly OutreachAttachment[] }): Promise<string>
  cancel(sourceId: string): Promise<void>
  tasks(sourceId: string): Promise<OutreachTaskRow[]>
  /** Lets the dispatcher look, at the present time. */
  work(): Promise<void>
  /** The same, as two processes at once. */
  workAsTwo(): Promise<void>
  /** Lets it look again and again while time goes on by `stepMs`. */
  workUntil(instant: number, stepMs: number): Promise<void>
  outcomes(sourceId: string): Promise<(string | null)[]>
  /** The msgids of the company in WeCom. */
  inWecom(): string[]
}

export async function outreachStage(kind: TestDatabaseKind): Promise<OutreachStage> {
  const base = dayOf(Date.now(), zone)
  const at = (day: number, hour: number, minute = 0) => instantOn(daysLater(base, day + 1), hour * 60 + minute, zone)
  let ahead = at(0, 10) - Date.now()
  const app = await storyApp({ database: kind, company: generateCompany({ customers: 120, stores: 3, regions: 1 }), clock: () => Date.now() + ahead })
  const { config, database, outreach, sealer, log } = app.services
  // Every jump of the clock ends a token; our own brake on fetching tokens would make these stories wait for seconds.
  const wecom = createWecomClient({
    apiBase: config.wecom.apiBase, corpId: config.wecom.corpId, agentId: config.wecom.agentId, secrets: { app: config.wecom.secret },
    tokens: createTokenStore(database, sealer, () => Date.now() + ahead), clock: () => Date.now() + ahead, log, limits: { gettoken: { perSecond: 1_000, burst: 1_000 } },
  })
  const dispatcher = createOutreachWorker({ core: outreach.core, wecom })
  const rival = createOutreachWorker({ core: outreach.core, wecom })
  const { db } = database
  const settled = new Map<string, string[]>()
  let number = 0
  const stage: OutreachStage = {
    app, settled, at,
    locks: { refused: null, leftOut: new Map() },
    travel: (instant) => { ahead = instant - Date.now() },
    now: () => Date.now() + ahead,
    customersOf: (userid, count) => {
      const own = app.company.customers.filter((one) => one.follows.length === 1 && one.follows[0]?.userid === userid).slice(0, count)
      if (own.length < count) throw new Error(`${userid} has only ${own.length} customers of his own`)
      return own.map((one) => one.externalUserId)
    },
    plan: async (userid, externalUserIds, { text = '新品到店，欢迎来看', notBefore = Date.now() + ahead, attachments = [] } = {}) => {
      const { id: staffId } = await app.staffOf(userid)
      const ids = new Map((await db.getRepository(customers).find({ select: { id: true, externalUserId: true } })).map((row) => [row.externalUserId, row.id]))
      number += 1
      const sourceId = `plan-${number}`
      await database.transaction((work) => outreach.plan(work, { source: 'story', sourceId, notBefore, parts: [{ staffId, text, attachments, customerIds: externalUserIds.map((id) => ids.get(id) ?? '') }] }))
      return sourceId
    },
    cancel: async (sourceId) => {
      while (await database.transaction((work) => outreach.cancel(work, 'story', sourceId, 'not-wanted', { tasks: 2, customers: 1_000 })));
    },
    tasks: (sourceId) => db.find(outreachTasks, { where: { sourceId }, order: { id: 'ASC' } }),
    work: () => dispatcher.drain(),
    workAsTwo: async () => void await Promise.all([dispatcher.drain(), rival.drain()]),
    workUntil: async (instant, stepMs) => {
      for (; Date.now() + ahead < instant; ahead += stepMs) await dispatcher.drain()
      ahead = instant - Date.now()
      await dispatcher.drain()
    },
    outcomes: async (sourceId) => {
      const ids = (await db.findBy(outreachTasks, { sourceId })).map((task) => task.id)
      const rows = await db.find(outreachRecipients)
      return rows.filter((row) => ids.includes(row.taskId)).map((row) => row.outcome).sort()
    },
    inWecom: () => [...app.simulator.state.broadcasts.keys()],
  }
  outreach.register({
    name: 'story',
    check: () => Promise.resolve(stage.locks),
    settled: (work: UnitOfWork, _task, outcomes) => {
      work.afterCommit(() => {
        for (const { customerId, outcome } of outcomes) settled.set(customerId, [...settled.get(customerId) ?? [], outcome])
      })
      return Promise.resolve()
    },
  })
  return stage
}
