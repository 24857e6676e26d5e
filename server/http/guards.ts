import type { Middleware } from 'koa'
import helmet from 'koa-helmet'
import { ProjectError } from '../errors.ts'

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** A write must come from our own pages (Origin equal to PUBLIC_URL) and be JSON: a foreign page can send neither. */
export function refuseForeignWrites(publicUrl: string): Middleware {
  const origin = new URL(publicUrl).origin
  return async (ctx, next) => {
    if (writing.has(ctx.method)) {
      if (ctx.get('origin') !== origin) throw new ProjectError('request.origin_refused', 403)
      if (ctx.method !== 'DELETE' && ctx.request.is('json') !== 'json') throw new ProjectError('request.not_json', 415)
    }
    await next()
  }
}

/**
 * No inline script or style anywhere. Only our own pages may frame ours; pictures of customers come from WeCom's hosts over https.
 */
export function securityHeaders(publicUrl: string): Middleware {
  const secure = publicUrl.startsWith('https:')
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'https:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    crossOriginEmbedderPolicy: false,
    frameguard: { action: 'sameorigin' },
    hsts: secure ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
  })
}
