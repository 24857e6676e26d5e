import Koa from 'koa'
import { readOpenApi } from '#shared/contracts/identity'
import { approvalRoutes } from './approvals/index.ts'
import { systemFilter } from './access/index.ts'
import { countUnsealed, lastVerification } from './audit/index.ts'
import { broadcastRoutes, handRoutes } from './broadcasts/index.ts'
import { callbackRoutes, createCallbackReceiver, type ConfiguredCrypto } from './callbacks/index.ts'
import { conversationRoutes } from './conversations/index.ts'
import { blockRoutes, contactRefusalRoutes, createCards, createReveals, customerRoutes, CustomersRepository, explainRoutes, freezeRoutes, revealRoutes, shareRoutes, tagRoutes } from './customers/index.ts'
import { entranceRoutes } from './entrances/index.ts'
import { groupRoutes } from './groups/index.ts'
import { answerErrors } from './http/answer-errors.ts'
import { refuseForeignWrites, securityHeaders } from './http/guards.ts'
import { healthRoutes } from './http/health.ts'
import { jsonBody } from './http/json-body.ts'
import { mountRoutes, type Refusal } from './http/mount.ts'
import { openApiDocument } from './http/openapi.ts'
import { builtPages, servePages } from './http/pages.ts'
import { createRateLimit } from './http/rate-limit.ts'
import { logRequests, nameRequests } from './http/request-state.ts'
import { publicRoute, type Route } from './http/route.ts'
import { createSignedInLookup, createSignIn, identityRoutes, signInPages } from './identity/index.ts'
import { createInbox, queueDepths } from './jobs/index.ts'
import { outreachRoutes } from './outreach/index.ts'
import { oversightRoutes, parkedRoutes } from './oversight/index.ts'
import { policyRoutes, policyTestRoutes, rightsRoutes } from './policy/index.ts'
import { loadOrderTotals, recordRoutes } from './records/index.ts'
import { exportRoutes, reportRoutes } from './reports/index.ts'
import { screeningRoutes } from './screening/index.ts'
import { quickReplyRoutes, templateRoutes } from './templates/index.ts'
import type { Services } from './services.ts'
import { createCallbackCrypto } from './wecom/index.ts'

/** Which callbacks are configured, with their keys. */
export function callbackCryptos({ config }: Services): ConfiguredCrypto[] {
  const { corpId, callback, contactCallback } = config.wecom
  const crypto = (secrets: typeof callback) => createCallbackCrypto({ ...secrets, receiveId: corpId })
  return [
    { source: 'app', crypto: crypto(callback) },
    ...(contactCallback === null ? [] : [{ source: 'contact' as const, crypto: crypto(contactCallback) }]),
  ]
}

/** Builds the Koa app from its parts: the one place that wires the domains' routes together. */
export function createApp(services: Services): Koa {
  const { config, database, log, clock, redis, metrics } = services
  const app = new Koa({ proxy: config.trustedProxies > 0, maxIpsCount: config.trustedProxies })
  app.silent = true
  const limit = (name: string, points: number, seconds: number) => createRateLimit(name, points, seconds, redis)
  const receiver = createCallbackReceiver({ cryptos: callbackCryptos(services), inbox: createInbox({ database, clock, log }), clock, log })

  app.use(nameRequests())
  app.use(unlessCallback(logRequests(log)))
  app.use(unlessCallback(metrics.measureRequests))
  app.use(answerErrors(log))
  // Before everything that reads bodies or sets headers for browsers: this path is hot and speaks XML.
  app.use(callbackRoutes(receiver))
  app.use(securityHeaders(config.publicUrl))
  app.use(health(services).routes())
  app.use(signIn(services, limit('sign-in', 600, 60)).routes())
  app.use(servePages(builtPages))
  app.use(refuseForeignWrites(config.publicUrl))
  app.use(jsonBody())
  app.use(mountRoutes(apiRoutes(services), {
    access: services.access,
    findSignedIn: createSignedInLookup(database, services.sessions),
    limitPerStaff: limit('staff', 1200, 60),
    limitPerAddress: limit('address', 300, 60),
    idempotency: { database, clock, sealer: services.sealer },
    onRefused: (refusal) => recordRefusal(services, refusal),
  }).routes())
  return app
}

/** Names the customer only if the caller sees him: to everybody else he does not exist, and what stands in a path may be anything. */
async function recordRefusal({ database, audit }: Services, { actor, externalUserId, operation, code, path, requestId }: Refusal): Promise<void> {
  const customer = externalUserId === null ? null : await new CustomersRepository(database.db).one(actor.rowFilter('customer.profile.view'), externalUserId)
  await audit.recordAlone({
    actorKind: 'staff', actorId: actor.staffId, action: 'route.refused', operation, subjectKind: customer === null ? null : 'customer', subjectId: customer?.id ?? null,
    outcome: 'refused', details: { path, code }, requestId,
  })
}

/** Callbacks have their own figures (`scrm_jobs_handled_total`), and thousands of them a second need no line each. */
function unlessCallback(inner: Koa.Middleware): Koa.Middleware {
  return (ctx, next) => (ctx.path === '/wecom/callback' ? next() : inner(ctx, next))
}

function apiRoutes(services: Services): Route[] {
  const { config, database, audit, access, sealer, cursors, clock, sessions, wecom, approvals } = services
  const document = openApiDocument()
  const cards = createCards({ database, audit, zone: config.zone })
  const reveals = createReveals({ database, access, audit, sealer, zone: config.zone })
  return [
    ...identityRoutes({ database, sessions, audit, wecom, publicUrl: config.publicUrl, corpId: config.wecom.corpId, agentId: config.wecom.agentId, zone: config.zone }),
    publicRoute(readOpenApi, async () => document),
    ...policyRoutes(services.policy),
    ...policyTestRoutes(services.policy, services.policy.scenarios),
    ...customerRoutes({ database, access, audit, sealer, cursors, clock, cards, limitPhoneSearch: createRateLimit('phone-search', 20, 3600, services.redis), orderTotals: loadOrderTotals }),
    ...explainRoutes({ database, access, audit, cards, cursors }),
    ...tagRoutes({ database }),
    ...groupRoutes({ database, cursors }),
    ...revealRoutes({ database, audit, sealer, cursors, cards, reveals, approvals }),
    ...freezeRoutes({ database, access, audit }),
    ...blockRoutes({ database, access, audit, approvals, cards, sealer }),
    ...rightsRoutes({ ...services.rights, cursors }),
    ...contactRefusalRoutes({ database, access, audit, sealer, cards }),
    ...shareRoutes({ ...services.rights, cards }),
    ...recordRoutes({ database, audit, sealer, cursors, cards }),
    ...conversationRoutes({ database, audit, sealer, cursors, cards, reveals }),
    ...entranceRoutes({ database }),
    ...approvalRoutes({ approvals, sessions, cursors }),
    ...screeningRoutes(services.screenings),
    ...broadcastRoutes({ ...services.broadcasts, cursors, cards }),
    ...handRoutes({ database, audit, sealer, cursors }),
    ...templateRoutes({ ...services, database, access, audit }),
    ...quickReplyRoutes({ ...services, database, access, audit, cards }),
    ...outreachRoutes({ outreach: services.outreach, cursors, approvals }),
    ...reportRoutes({ database, audit, clock: access.clock.now, zone: config.zone }),
    ...exportRoutes({ database, access, audit, approvals: services.approvals, clock: access.clock.now, zone: config.zone }),
    ...parkedRoutes({ database, audit, cursors }),
    ...oversightRoutes({ database, audit, cursors, customerIdOf: async (externalUserId) => (await new CustomersRepository(database.db).one(systemFilter('an auditor sees what was done with a customer, not the customer'), externalUserId))?.id ?? null }),
  ]
}

function signIn(services: Services, limit: ReturnType<typeof createRateLimit>) {
  const { config, database, sessions, audit, wecom, access } = services
  return signInPages({
    publicUrl: config.publicUrl, corpId: config.wecom.corpId, agentId: config.wecom.agentId, oauthBase: config.wecom.oauthBase, loginBase: config.wecom.loginBase,
    signIn: createSignIn({ database, sessions, audit, wecom, clock: () => access.clock.now() }), limit,
  })
}

function health(services: Services) {
  const { database, metrics, clock, redis, wecom } = services
  return healthRoutes({
    registry: metrics.registry,
    beforeMetrics: async () => {
      for (const queue of ['inbox', 'outbox'] as const) metrics.showQueue(queue, await queueDepths(database, queue, clock))
      metrics.showAudit({ broken: ((await lastVerification(database.db))?.brokenWhy ?? null) !== null, unsealed: await countUnsealed(database.db) })
    },
    checks: {
      database: async () => void await services.access.readEpoch(),
      queue: async () => {
        if (redis !== null) await redis.ping()
        await queueDepths(database, 'inbox', clock)
      },
      wecom: async () => void await wecom.getApp(),
    },
  })
}
