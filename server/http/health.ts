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
  // Exact paths only: a proxy that denies one of them must not be passed by another spelling.
  const router = new Router({ strict: true, sensitive: true })
  const readiness = rarely(async () => Object.fromEntries(await Promise.all(Object.entries(options.checks).map(async ([name, check]) => [name, await isReady(check)] as const))))
  router.get('/healthz', (ctx: Context) => {
    ctx.body = { ok: true }
  })
  router.get('/readyz', async (ctx: Context) => {
    const parts = await readiness()
    ctx.status = Object.values(parts).every(Boolean) ? 200 : 503
    ctx.set('cache-control', 'no-store')
    ctx.body = { ready: ctx.status === 200, parts }
  })
  router.get('/metrics', async (ctx: Context) => {
    await options.beforeMetrics()
    ctx.type = options.registry.contentType
    ctx.body = await options.registry.metrics()
  })
  return router
}

const readinessLifetimeMs = 5_000

/** One run serves whoever asks within some seconds: strangers who ask for readiness must not use up our calls to WeCom. */
function rarely<T>(run: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly result: Promise<T> } | null = null
  return () => {
    const now = performance.now()
    if (last === null || now - last.at > readinessLifetimeMs) last = { at: now, result: run() }
    return last.result
  }
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
