import type { Middleware } from 'koa'
import { ProjectError } from '../errors.ts'
import { readBody } from './read-body.ts'
import type { CallbackReceiver } from './receiver.ts'

const path = '/wecom/callback'

/**
 * `GET` and `POST /wecom/callback`. Stands before everything that reads bodies or sets headers for browsers:
 * WeCom expects its answer within 5 seconds, and an empty 200 (WeCom doc path/90238).
 */
export function callbackRoutes(receiver: CallbackReceiver): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== path) return next()
    if (ctx.method === 'POST') {
      await receiver.receive(ctx.querystring, await readBody(ctx.req, receiver.bodyBytes))
      ctx.status = 200
      ctx.body = ''
    } else if (ctx.method === 'GET') {
      ctx.body = receiver.verifyUrl(ctx.querystring)
      ctx.type = 'text/plain'
    } else {
      throw new ProjectError('request.method_not_allowed', 405, {}, { headers: { allow: 'GET, POST' } })
    }
  }
}
