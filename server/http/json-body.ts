import bodyParser from '@koa/bodyparser'
import type { Middleware } from 'koa'
import { ProjectError } from '../errors.ts'

/** Rules may name twenty thousand tags, and a draft holds the whole policy. */
const withRules = /^\/api\/(policy|restrictions|temporary-grants)(\/|$)/

/**
 * Reads JSON bodies of up to 256 KB, of up to 4 MB where rules are written. Whatever cannot be read (broken JSON, a false encoding, a cut connection) is the caller's
 * mistake: some of the libraries below throw errors without a status, which would look like one of ours.
 */
export function jsonBody(): Middleware {
  const [small, large] = [parserFor('256kb'), parserFor('4mb')]
  return (ctx, next) => (withRules.test(ctx.path) ? large : small)(ctx, next)
}

function parserFor(jsonLimit: string): Middleware {
  return bodyParser({
    enableTypes: ['json'],
    jsonLimit,
    onError: (error) => {
      const tooLarge = 'status' in error && error.status === 413
      throw new ProjectError(tooLarge ? 'request.too_large' : 'request.invalid', tooLarge ? 413 : 400)
    },
  })
}
