import Router from '@koa/router'
import type { Context } from 'koa'
import type { Registry } from 'prom-client'

export interface HealthOptions {
  readonly registry: Registry
  /** Fills gauges that are read on demand. */
  readonly beforeMetrics: () => Promise<void>
  /** Each part by name; throws when it is not ready. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
}

const patienceMs = 3_000

/** `/healthz` says the process lives, `/readyz` that database, queue and WeCom can be used, `/metrics` speaks Prometheus. Public: none holds data of a person. */
export function healthRoutes(options: HealthOptions): Router {
  const router = new Router()
  router.get('/healthz', (ctx: Context) => {
    ctx.body = { ok: true }
  })
  router.get('/readyz', async (ctx: Context) => {
    const parts = await Promise.all(Object.entries(options.checks).map(async ([name, check]) => [name, await isReady(check)] as const))
    ctx.status = parts.every(([, ready]) => ready) ? 200 : 503
    ctx.set('cache-control', 'no-store')
    ctx.body = { ready: ctx.status === 200, parts: Object.fromEntries(parts) }
  })
  router.get('/metrics', async (ctx: Context) => {
    await options.beforeMetrics()
    ctx.type = options.registry.contentType
    ctx.body = await options.registry.metrics()
  })
  return router
}

async function isReady(check: () => Promise<void>): Promise<boolean> {
  let limit: NodeJS.Timeout | undefined
  const tooSlow = new Promise<boolean>((resolve) => {
    limit = setTimeout(() => resolve(false), patienceMs)
  })
  try {
    return await Promise.race([check().then(() => true), tooSlow])
  } catch {
    return false
  } finally {
    clearTimeout(limit)
  }
}
