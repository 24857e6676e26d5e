import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomText } from '../ids.ts'
import { visitFrom } from '../visit.ts'
import { cookiesOf, escapeHtml, redirect, sendHtml } from './http.ts'
import type { Site } from './site.ts'

/**
 * `/connect/oauth2/authorize` (WeCom doc path/91335) and `/wwlogin/sso/login` (path/98152): who is signed in comes from
 * the `sim_staff` cookie; without it a list of staff asks.
 */
export function answerOauth(site: Site, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const query = url.searchParams
  const inWecom = url.pathname === '/connect/oauth2/authorize'
  const problem = problemOf(site, query, inWecom)
  if (problem !== null) return sendHtml(response, `<!doctype html><meta charset="utf-8"><title>出错了</title><p>${escapeHtml(problem)}</p>`, 400)
  const chosen = query.get('sim_staff')
  const staff = chosen ?? cookiesOf(request).get('sim_staff') ?? ''
  if (staff === '') return sendHtml(response, chooser(site, url))
  const code = randomText(43)
  const privateInfo = inWecom && query.get('scope') === 'snsapi_privateinfo' && query.get('agentid') !== null
  site.core.state.oauthCodes.set(code, { code, visit: visitFrom(staff), privateInfo, issuedAt: site.core.now(), used: false })
  const target = new URL(query.get('redirect_uri') ?? '')
  target.searchParams.set('code', code)
  if (query.has('state')) target.searchParams.set('state', query.get('state') ?? '')
  redirect(response, target.href, chosen === null ? {} : { 'set-cookie': `sim_staff=${encodeURIComponent(chosen)}; Path=/; SameSite=Lax` })
}

/** What WeCom would refuse, or null. */
function problemOf(site: Site, query: URLSearchParams, inWecom: boolean): string | null {
  const { corpId, agentId } = site.core.options
  if (query.get('appid') !== corpId) return '40013 invalid appid'
  if (inWecom && query.get('response_type') !== 'code') return '40058 response_type must be code'
  if (inWecom && !['snsapi_base', 'snsapi_privateinfo'].includes(query.get('scope') ?? '')) return '40058 invalid scope'
  if (!inWecom && query.get('login_type') !== 'CorpApp') return '40058 login_type must be CorpApp'
  const agent = query.get('agentid')
  if ((agent === null ? !inWecom : Number(agent) !== agentId)) return '40056 invalid agentid'
  if (!/^[a-zA-Z0-9]{0,128}$/.test(query.get('state') ?? '')) return '84025 state must be up to 128 letters and digits'
  const target = URL.canParse(query.get('redirect_uri') ?? '') ? new URL(query.get('redirect_uri') ?? '') : null
  if (target === null || target.host !== site.trustedDomain()) return '50001 redirect_uri is not in the trusted domain'
  return null
}

function chooser(site: Site, url: URL): string {
  const links = [...site.core.state.staff.values()].filter((person) => person.leftAt === null).map((person) => {
    const to = new URL(url)
    to.searchParams.set('sim_staff', person.userid)
    return `<li><a href="${escapeHtml(to.pathname + to.search)}">${escapeHtml(person.name)} <small>${escapeHtml(person.position)} · ${escapeHtml(person.userid)}</small></a></li>`
  })
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>企业微信登录</title>
<link rel="stylesheet" href="/__simulator/login.css"><main><h1>以谁的身份登录？</h1><ul>${links.join('')}</ul></main></html>`
}
