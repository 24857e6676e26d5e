import { openMarks } from './access/index.ts'
import { approvalEffects, approvalHandlers, directoryChangeEffects, superiorsOf, type ApprovalWorkers } from './approvals/index.ts'
import { createAuditSealer } from './audit/index.ts'
import { countConverted, createPlanWorker, handEffects, wantHandBroadcasts } from './broadcasts/index.ts'
import { callbackCryptos } from './app.ts'
import { createCallbackClassifier } from './callbacks/index.ts'
import { conversationEffects, conversationHandlers } from './conversations/index.ts'
import { alertEffects, customerEffects, customerHandlers, listEffects, mendAllLists, purgeCardViews, wantCustomerSync } from './customers/index.ts'
import { entranceEffects, entranceOfState, keepStoreEntrances, onMended, onScan, type EntranceWorkers } from './entrances/index.ts'
import { firstGroupSync, groupEffects, groupHandlers, wantGroupSync } from './groups/index.ts'
import { purgeIdempotencyKeys } from './http/idempotency.ts'
import { createInboxWorker, createLeases, createOutboxWorker, createSchedules, purgeJobs, wakeupOf, type InboxHandler, type OutboxHandler, type Worker } from './jobs/index.ts'
import { reportEffects, reportSchedules, type ReportWorkers } from './reports/index.ts'
import { oversightEffects, oversightSchedules, type OversightWorkers } from './oversight/index.ts'
import { directoryWasRead, organizationEffects, organizationHandlers, syncStates, wantDirectorySync, wantLists } from './organization/index.ts'
import { createOutreachWorker, outreachEffects } from './outreach/index.ts'
import { policyEffects, rightsEffects, rightsSchedules } from './policy/index.ts'
import { screeningEffects } from './screening/index.ts'
import type { UnitOfWork } from './database/database.ts'
import { conversionSchedules, purgeMedia } from './templates/index.ts'
import { relayWakeups } from './redis-wakeup.ts'
import type { Services } from './services.ts'
import { parseCallback, type WecomEvent } from './wecom/index.ts'
import { v7 as uuid } from 'uuid'

export interface Background {
  readonly inbox: Worker
  readonly outbox: Worker
  readonly outreach: Worker
  start(): Promise<void>
  /** Handles everything that is due, effects of effects included; for commands and tests. */
  drain(): Promise<void>
  stop(): Promise<void>
}

export interface BackgroundOptions {
  /** How long what a killed process held stays reserved on MySQL, ms; a minute when left out. */
  readonly leaseMs?: number
}

/** Everything that works without a request: callbacks, effects, the audit's chain, schedules. */
export function createBackground(services: Services, { leaseMs }: BackgroundOptions = {}): Background {
  const { config, database, log, clock, sealer, metrics } = services
  const holder = uuid()
  const leases = createLeases({ database, holder, clock })
  const inbox = createInboxWorker<WecomEvent>({
    database, clock, log, sealer, classify: createCallbackClassifier(callbackCryptos(services)), parse: parseCallback,
    handlers: callbackHandlers(services), onHandled: metrics.onHandled('inbox'), leaseMs,
  })
  const outbox = createOutboxWorker({ database, clock, log, handlers: effects(services), onHandled: metrics.onHandled('outbox'), leaseMs })
  const outreach = createOutreachWorker({ core: services.outreach.core, wecom: services.wecom })
  const plans = createPlanWorker({ ...services.broadcasts, log })
  const sealerJob = createAuditSealer({ database, clock, log, alone: (run) => leases.withLease('audit-sealer', 10_000, run) })
  let relay: { stop(): void } | null = null
  const want = (wish: typeof wantDirectorySync) => () => database.transaction((work) => wish(work))
  const schedules = createSchedules({
    database, leases, clock, log, zone: config.zone,
    schedules: [
      // WeCom's events for people who leave are not guaranteed for a plain app: ten minutes is the longest a leaver stays.
      { name: 'directory-poll', pattern: '*/10 * * * *', run: want(wantDirectorySync) },
      { name: 'hand-broadcasts', pattern: '*/10 * * * *', run: want(wantHandBroadcasts) },
      { name: 'approvals-due', pattern: '* * * * *', run: () => services.approvals.moveDue() },
      { name: 'customer-repair', pattern: '30 3 * * *', run: want(wantCustomerSync) },
      { name: 'group-repair', pattern: '40 3 * * *', run: want(wantGroupSync) },
      { name: 'list-repair', pattern: '50 2 * * *', run: async (signal) => void await mendAllLists(database, log, signal) },
      { name: 'purge-card-views', pattern: '20 4 * * *', run: () => purgeCardViews(database, services.access.clock.now(), config.zone) },
      { name: 'purge-media', pattern: '35 4 * * *', run: () => purgeMedia(database, services.access.clock.now()) },
      { name: 'purge-idempotency-keys', pattern: '15 * * * *', run: () => purgeIdempotencyKeys(database.db, clock()) },
      { name: 'purge-jobs', pattern: '10 4 * * *', run: async () => void await purgeJobs(database, clock) },
      ...rightsSchedules({ ...services.rights, wecom: services.wecom }),
      ...oversightSchedules(oversight(services)),
      ...reportSchedules(reports(services)),
      ...conversionSchedules({ database, clock, onConverted: [countConverted] }),
    ],
  })
  return {
    inbox, outbox, outreach,
    start: async () => {
      if (services.redis !== null) relay = relayWakeups(wakeupOf(database), services.redis, log)
      if (!(await directoryWasRead(database))) await want(wantDirectorySync)()
      // After the update that brought these tables, and wherever a wish was lost.
      if ((await openMarks(database.db)).length > 0) await want(wantLists)()
      inbox.start()
      outbox.start()
      plans.start()
      outreach.start()
      sealerJob.start()
      schedules.start()
    },
    drain: async () => {
      await inbox.drain()
      await plans.drain()
      await outreach.drain()
      await outbox.drain()
    },
    stop: async () => {
      relay?.stop()
      await schedules.stop()
      await Promise.all([inbox.stop(), outbox.stop(), plans.stop(), outreach.stop()])
      await sealerJob.stop()
    },
  }
}

function callbackHandlers(services: Services): Map<string, InboxHandler<WecomEvent>> {
  const { database, wecom, clock, sealer, access, staffWriter, audit } = services
  return new Map([
    ...organizationHandlers({ database, access, wecom, clock, writer: staffWriter, onSynced: [] }),
    ...customerHandlers({ wecom, clock, departmentOf, onFollowEvent: [onScan(entranceWorkers(services))] }),
    ...groupHandlers(),
    ...conversationHandlers({ database, audit, sealer, wecom, clock }),
    ...approvalHandlers(approvalWorkers(services)),
  ])
}

function effects(services: Services): Map<string, OutboxHandler> {
  const { database, wecom, clock, sealer, access, staffWriter, audit, approvals } = services
  return new Map([
    ...organizationEffects({
      database, access, wecom, clock, writer: staffWriter,
      onSynced: [(work) => keepStoreEntrances(work, services.screenings, clock()), firstCustomerSync, (work) => firstGroupSync(work, clock())],
    }),
    ...customerEffects({ database, wecom, clock, departmentOf, onFollowMended: [onMended(entranceWorkers(services))] }),
    ...groupEffects({ database, wecom, clock }),
    ...listEffects({ database, clock }),
    ...alertEffects({ db: database.db, wecom, superiorsOf: (staffId) => superiorsOf(approvals.core, staffId) }),
    ...conversationEffects({ database, audit, sealer, wecom, clock }),
    ...entranceEffects(entranceWorkers(services)),
    ...approvalEffects(approvalWorkers(services)),
    ...policyEffects(services.policy),
    ...outreachEffects({ core: services.outreach.core, wecom }),
    ...handEffects({ ...services.broadcasts, sealer, wecom }),
    ...screeningEffects({ database, audit, wecom }),
    ...directoryChangeEffects({ database, audit, wecom, writer: staffWriter }),
    ...rightsEffects({ ...services.rights, wecom }),
    ...oversightEffects(oversight(services)),
    ...reportEffects(reports(services)),
  ])
}

const approvalWorkers = ({ approvals, wecom, config }: Services): ApprovalWorkers => ({ core: approvals.core, wecom, publicUrl: config.publicUrl, zone: config.zone })

const entranceWorkers = ({ database, audit, screenings, wecom, clock }: Services): EntranceWorkers => ({ database, audit, screenings, wecom, clock })

const reports = ({ config, database, access, audit, wecom }: Services): ReportWorkers => ({ database, access, audit, wecom, clock: access.clock.now, zone: config.zone, publicUrl: config.publicUrl })

function oversight({ config, database, access, wecom, clock, log }: Services): OversightWorkers {
  return { database, access, wecom, clock, log, zone: config.zone, publicUrl: config.publicUrl, anchorTo: config.auditAnchor }
}

const departmentOf: Parameters<typeof customerHandlers>[0]['departmentOf'] = async (db, state) => (await entranceOfState(db, state))?.departmentId ?? null

const firstReading = 'customers.first'

/** Once a company's people are known for the first time, its customers are read. */
async function firstCustomerSync(work: UnitOfWork): Promise<void> {
  const table = work.db.getRepository(syncStates)
  if (await table.existsBy({ name: firstReading })) return
  await table.insert({ name: firstReading, value: {}, updatedAt: Date.now() })
  await wantCustomerSync(work)
}
