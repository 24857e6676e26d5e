import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Middleware } from 'koa'
import sirv from 'sirv'

/** Serves the built screens: `/sidebar/`, `/console/` and their hashed assets, compressed beforehand by the build. */
export function servePages(folder: string): Middleware {
  const serve = existsSync(folder)
    ? sirv(folder, { gzip: true, brotli: true, etag: true, setHeaders: (response, path) => response.setHeader('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache') })
    : null
  return async (ctx, next) => {
    if (serve === null || (ctx.method !== 'GET' && ctx.method !== 'HEAD') || !/^\/(sidebar|console|assets)(\/|$)/.test(ctx.path)) return next()
    if (ctx.path === '/sidebar' || ctx.path === '/console') return ctx.redirect(`${ctx.path}/${ctx.search}`)
    await new Promise<void>((resolve, reject) => {
      ctx.res.once('close', resolve)
      ctx.respond = false
      ctx.res.statusCode = 200
      serve(ctx.req, ctx.res, () => {
        ctx.respond = undefined
        ctx.res.statusCode = 404
        next().then(resolve, reject)
      })
    })
  }
}

/** The folder of the built screens: beside the bundled program, or in `dist` when the program runs from its sources. */
export const builtPages = [join(import.meta.dirname, 'web'), join(import.meta.dirname, '..', '..', 'dist', 'web')].find((folder) => existsSync(folder)) ?? 'web'
