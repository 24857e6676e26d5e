import Router from '@koa/router'
import type { Context } from 'koa'
import { errorText } from '#shared/error-codes'
import { ProjectError } from '../errors.ts'
import { languageOf, requestIdOf } from '../http/request-state.ts'
import type { RateLimit } from '../http/rate-limit.ts'
import { oauthUrl, webLoginUrl } from '../wecom/index.ts'
import { safeReturn, type SignInFlow } from './sign-in.ts'

export const sessionCookie = 'scrm_session'
const browserCookie = 'scrm_sign_in'

export interface SignInPages {
  readonly publicUrl: string
  readonly corpId: string
  readonly agentId: number
  readonly oauthBase: string
  readonly loginBase: string
  readonly signIn: SignInFlow
  readonly limit: RateLimit
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** `GET /auth/wecom` sends the browser to WeCom, `GET /auth/wecom/return` takes it back with a code. */
export function signInPages(pages: SignInPages): Router {
  const router = new Router()
  const cookie = { httpOnly: true, sameSite: 'lax', secure: pages.publicUrl.startsWith('https:'), overwrite: true, signed: false } as const

  /** Behind a TLS proxy this process itself speaks http: PUBLIC_URL says what the browser sees. */
  const cookies = (ctx: Context) => {
    ctx.cookies.secure = cookie.secure
    return ctx.cookies
  }

  router.get('/auth/wecom', async (ctx: Context) => {
    await pages.limit.use(ctx.ip)
    const surface = ctx.query['surface'] === 'console' ? 'console' : 'sidebar'
    const returnTo = safeReturn(text(ctx.query['return']), `/${surface}/`)
    const { state, browser } = await pages.signIn.begin(surface, returnTo)
    cookies(ctx).set(browserCookie, browser, { ...cookie, path: '/auth/', maxAge: 10 * 60_000 })
    const address = { corpId: pages.corpId, agentId: pages.agentId, redirectUri: `${pages.publicUrl}/auth/wecom/return`, state }
    // Inside WeCom the sign-in is silent; any other browser gets WeCom's QR page.
    const inside = /wxwork/i.test(ctx.get('user-agent'))
    ctx.set('cache-control', 'no-store')
    ctx.redirect(inside ? oauthUrl({ ...address, base: pages.oauthBase }) : webLoginUrl({ ...address, base: pages.loginBase, language: languageOf(ctx) }))
  })

  router.get('/auth/wecom/return', async (ctx: Context) => {
    ctx.set('cache-control', 'no-store')
    try {
      const { token, returnTo } = await pages.signIn.finish({
        code: text(ctx.query['code']) ?? '', state: text(ctx.query['state']) ?? '', browser: ctx.cookies.get(browserCookie) ?? '',
        userAgent: ctx.get('user-agent'), requestId: requestIdOf(ctx),
      })
      cookies(ctx).set(browserCookie, null, { ...cookie, path: '/auth/' })
      cookies(ctx).set(sessionCookie, token, { ...cookie, path: '/' })
      ctx.redirect(returnTo)
    } catch (error) {
      if (!(error instanceof ProjectError) || !ctx.accepts('html')) throw error
      answerPage(ctx, error)
    }
  })
  return router
}

/** A person stands before this answer, not a program. Texts are ours; nothing of the request is repeated. */
function answerPage(ctx: Context, error: ProjectError): void {
  const language = languageOf(ctx)
  const again = language === 'zh' ? '重新登录' : 'Sign in again'
  ctx.status = error.status
  ctx.type = 'html'
  ctx.body = `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`
    + `<title>${errorText(error.code, language, error.data)}</title><h1>${errorText(error.code, language, error.data)}</h1><p><a href="/auth/wecom">${again}</a></p><p><small>${error.code} · ${requestIdOf(ctx)}</small></p></html>`
}
