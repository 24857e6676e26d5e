import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import { v7 as uuid } from 'uuid'
import type { Language } from '#shared/error-codes'

const requestIds = new WeakMap<object, string>()

/** Gives every request an id that stands in the answer, the log and the audit. */
export function nameRequests(): Middleware {
  return async (ctx, next) => {
    const id = uuid()
    requestIds.set(ctx.req, id)
    ctx.set('x-request-id', id)
    await next()
  }
}

export function requestIdOf(ctx: Context): string {
  return requestIds.get(ctx.req) ?? 'none'
}

/** Chinese unless the caller asks for English first. */
export function languageOf(ctx: Context): Language {
  return ctx.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'
}

/** One line per request: route pattern, never the path, because paths hold ids. */
export function logRequests(log: Logger): Middleware {
  return async (ctx, next) => {
    const began = performance.now()
    await next()
    const route: unknown = Reflect.get(ctx, '_matchedRoute')
    log.info({ requestId: requestIdOf(ctx), method: ctx.method, route: typeof route === 'string' ? route : 'other', status: ctx.status, ms: Math.round(performance.now() - began) }, 'request')
  }
}
