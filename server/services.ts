import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { portsOver } from './broadcast-ports.ts'
import { createAccess, type Access } from './access/index.ts'
import { askForDirectoryChanges, createApprovals, directoryChangeKind, type Approvals } from './approvals/index.ts'
import { createAudit, type Audit } from './audit/index.ts'
import { createBroadcasts, type Broadcasts, type MakeBroadcastPorts } from './broadcasts/index.ts'
import type { Config } from './config.ts'
import { blockRequestKind, revealRequestKind } from './customers/index.ts'
import type { Database } from './database/database.ts'
import { createTokenStore } from './database/token-store.ts'
import { createCursors, type Cursors } from './http/cursors.ts'
import { createSessions, type Sessions } from './identity/index.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { createStaffWriter, type StaffWriter } from './organization/index.ts'
import { createOutreach, quietHoursApprovalKind, type Outreach } from './outreach/index.ts'
import { createPolicy, createRights, type Policy, type Rights } from './policy/index.ts'
import { exportApprovalKind } from './reports/index.ts'
import { exportScenario, runScenario } from './scenarios.ts'
import { createScreenings, wordsApprovalKind, type Screenings } from './screening/index.ts'
import { createSealer, type Sealer } from './sealing.ts'
import { templateApprovalKind } from './templates/index.ts'
import { createWecomClient, type WecomClient } from './wecom/index.ts'

/** What the domains are given. Made once per process; `app.ts` and `background.ts` build on it. */
export interface Services {
  readonly config: Config
  readonly log: Logger
  readonly clock: () => number
  readonly database: Database
  readonly redis: Redis | null
  readonly sealer: Sealer
  readonly access: Access
  readonly audit: Audit
  readonly wecom: WecomClient
  readonly sessions: Sessions
  readonly cursors: Cursors
  readonly metrics: Metrics
  readonly staffWriter: StaffWriter
  readonly approvals: Approvals
  readonly policy: Policy
  readonly rights: Rights
  readonly screenings: Screenings
  readonly broadcasts: Broadcasts
  readonly outreach: Outreach
}

export interface ServiceOptions {
  readonly config: Config
  readonly log: Logger
  readonly database: Database
  readonly clock?: () => number
  /** Templates and outreach as broadcasts reach them; the product's own when left out. */
  readonly broadcastPorts?: MakeBroadcastPorts
}

export function createServices({ config, log, database, clock = Date.now, broadcastPorts }: ServiceOptions): Services {
  const sealer = createSealer(config.dataKeys)
  const metrics = createMetrics()
  const access = createAccess({ database, clock, log })
  const audit = createAudit({ database, clock, log, strictDetails: config.mode !== 'production' })
  // the clock that never goes back: setting the machine's back revives no session
  const sessions = createSessions(config.sessionSecret, () => access.clock.now())
  const wecom = createWecomClient({
    apiBase: config.wecom.apiBase, corpId: config.wecom.corpId, agentId: config.wecom.agentId,
    secrets: { app: config.wecom.secret, contact: config.wecom.contactSecret ?? undefined },
    tokens: createTokenStore(database, sealer, clock), clock, log, onCall: metrics.onWecomCall,
  })
  const approvals = createApprovals({ database, access, audit, log })
  approvals.register(directoryChangeKind)
  const policy = createPolicy({
    database, access, audit, approvals,
    scenarios: { run: (text, rules) => runScenario(text, { policy: rules }), export: (now) => exportScenario(database, now) },
  })
  const rights = createRights({ database, access, audit, approvals, zone: config.zone })
  approvals.register(blockRequestKind({ access, audit }))
  approvals.register(revealRequestKind({ access, audit }))
  approvals.register(exportApprovalKind({ clock }))
  const screenings = createScreenings({ database, access, audit, approvals, clock })
  approvals.register(wordsApprovalKind(screenings))
  approvals.register(templateApprovalKind({ access, audit, screenings }))
  const staffWriter = createStaffWriter({
    access, audit, clock,
    onAccessEnded: [
      (work, person, reason) => sessions.revokeAll(work.db, person.id, `staff-${reason}`),
      async (work, person, reason) => { if (reason === 'left') await approvals.withdrawAllOf(work, person.id) },
      async (work, person, reason) => { if (reason === 'left') await rights.onLeft(work, person.id) },
    ],
    onWaitingChanged: [(work, person) => askForDirectoryChanges(approvals, work, person)],
  })
  const outreach = createOutreach({ database, audit, clock: () => access.clock.now(), log, zone: config.zone })
  approvals.register(quietHoursApprovalKind({ core: outreach.core, access }))
  const broadcasts = createBroadcasts({ database, access, audit, approvals, screenings, ports: broadcastPorts?.({ access }) ?? portsOver(outreach), zone: config.zone })
  const redis = config.redisUrl === null ? null : new Redis(config.redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false })
  // Limits go on counting in this process meanwhile; readiness tells.
  redis?.on('error', (error: Error) => log.warn({ error: error.name }, 'Redis cannot be reached'))
  return {
    config, log, clock, database, redis, sealer, access, audit, wecom, sessions, metrics, staffWriter, approvals, policy, rights,
    screenings, broadcasts, outreach,
    cursors: createCursors(config.sessionSecret),
  }
}
