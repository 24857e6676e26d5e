import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import { errorText } from '#shared/error-codes'
import { ProjectError } from '../errors.ts'
import { languageOf, requestIdOf } from './request-state.ts'

/**
 * The one place that turns errors into replies: known ones with their code and status,
 * everything else as `internal.unexpected` with nothing of the cause.
 */
export function answerErrors(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new ProjectError('request.not_found', 404)
    } catch (error) {
      reply(ctx, known(error, log, requestIdOf(ctx)))
    }
  }
}

/** The reply's shape for an error, also for code outside the middleware chain. */
export function reply(ctx: Context, error: ProjectError): void {
  ctx.status = error.status
  for (const [name, value] of Object.entries(error.headers)) ctx.set(name, value)
  ctx.body = {
    error: { code: error.code, message: errorText(error.code, languageOf(ctx), error.data), data: error.data, requestId: requestIdOf(ctx) },
  }
}

function known(error: unknown, log: Logger, requestId: string): ProjectError {
  if (error instanceof ProjectError) {
    if (error.status >= 500) log.error({ requestId, code: error.code, cause: causeOf(error) }, 'request failed')
    return error
  }
  const status = httpStatusOf(error)
  if (status === 413) return new ProjectError('request.too_large', 413)
  if (status !== null && status >= 400 && status < 500) return new ProjectError('request.invalid', 400)
  log.error({ requestId, cause: causeOf(error) }, 'unexpected error')
  return new ProjectError('internal.unexpected', 500)
}

/** Name and stack only: messages of libraries may quote values. */
function causeOf(error: unknown): Record<string, unknown> {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(inner instanceof Error)) return { name: typeof inner }
  const ours = inner.name === 'Invariant' || inner instanceof ProjectError
  return { name: inner.name, ...(ours ? { what: inner.message } : {}), at: inner.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')).slice(0, 6) }
}

function httpStatusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null
  return typeof error.status === 'number' ? error.status : null
}
