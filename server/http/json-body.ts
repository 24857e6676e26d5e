import bodyParser from '@koa/bodyparser'
import type { Middleware } from 'koa'
import { ProjectError } from '../errors.ts'

/**
 * Reads JSON bodies of up to 256 KB. Whatever cannot be read (broken JSON, a false encoding, a cut connection) is the caller's
 * mistake: some of the libraries below throw errors without a status, which would look like one of ours.
 */
export function jsonBody(): Middleware {
  return bodyParser({
    enableTypes: ['json'],
    jsonLimit: '256kb',
    onError: (error) => {
      const tooLarge = 'status' in error && error.status === 413
      throw new ProjectError(tooLarge ? 'request.too_large' : 'request.invalid', tooLarge ? 413 : 400)
    },
  })
}
