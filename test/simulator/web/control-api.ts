import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import { verifyAgentConfig } from '../api/jsapi.ts'
import { followOf } from '../state.ts'
import { cookiesOf, readBody, sendJson } from './http.ts'
import type { Site } from './site.ts'
import { overview } from './overview.ts'

const SignedConfig = z.object({
  url: z.string(), corpid: z.string(), agentid: z.coerce.string(), timestamp: z.coerce.string(), nonceStr: z.string(), signature: z.string(),
})
const Arguments = z.object({ args: z.array(z.unknown()).default([]) })
const SentMessage = z.looseObject({ msgtype: z.string(), text: z.looseObject({ content: z.string() }).optional(), news: z.looseObject({ title: z.string() }).optional(), miniprogram: z.looseObject({ title: z.string() }).optional() })

/** The page's and the bridge script's way in: `GET state`, `POST call/NAME {args}`, `POST jsapi/verify`, `webview/…`. */
export async function answerControl(site: Site, request: IncomingMessage, response: ServerResponse, url: URL, path: string): Promise<void> {
  try {
    const body: unknown = request.method === 'POST' ? JSON.parse((await readBody(request)).toString('utf8') || '{}') : {}
    const answer = await route(site, cookiesOf(request), url, path, body)
    if (answer === undefined) return sendJson(response, { error: 'no such thing' }, 404)
    sendJson(response, answer)
  } catch (error) {
    sendJson(response, { error: error instanceof Error ? error.message : String(error) }, 400)
  }
}

async function route(site: Site, cookies: ReadonlyMap<string, string>, url: URL, path: string, body: unknown): Promise<unknown> {
  if (path === 'state') return overview(site, url.searchParams)
  if (path === 'jsapi/verify') return { errcode: verifyAgentConfig(site.core, SignedConfig.parse(body)) }
  if (path === 'webview/context') return contextOf(site, cookies)
  if (path === 'webview/send') return sendFromSidebar(site, cookies, body)
  if (path.startsWith('call/')) return callControl(site, path.slice('call/'.length), Arguments.parse(body).args)
  return undefined
}

/** Any control by its name; what it gives back is answered as `result`. */
async function callControl(site: Site, name: string, args: unknown[]): Promise<unknown> {
  const controls = new Map<string, unknown>(Object.entries(site.controls))
  const control = controls.get(name)
  if (typeof control !== 'function') throw new Error(`no control ${name}`)
  const result: unknown = await Reflect.apply(control, site.controls, args)
  return { result: result ?? null }
}

/** Which chat the webview stands beside: from the cookies that the page sets. */
function contextOf(site: Site, cookies: ReadonlyMap<string, string>) {
  const userid = cookies.get('sim_staff') ?? ''
  const externalUserId = cookies.get('sim_chat') ?? ''
  const entry = cookies.get('sim_entry') ?? (externalUserId === '' ? 'normal' : 'single_chat_tools')
  const person = site.core.state.staff.get(userid.toLowerCase())
  const inChat = ['single_chat_tools', 'single_kf_tools', 'contact_profile'].includes(entry) && externalUserId !== ''
  return { entry, externalUserId: inChat ? externalUserId : '', permitted: person?.contactEnabled === true && person.leftAt === null && site.core.options.strict?.customerApi !== false }
}

function sendFromSidebar(site: Site, cookies: ReadonlyMap<string, string>, body: unknown): unknown {
  const message = SentMessage.parse(body)
  const userid = cookies.get('sim_staff') ?? ''
  const externalUserId = cookies.get('sim_chat') ?? ''
  const text = message.text?.content ?? `[${message.msgtype}] ${message.news?.title ?? message.miniprogram?.title ?? ''}`
  if (cookies.get('sim_entry') === 'single_kf_tools') {
    const account = [...site.core.state.kf.values()].find((each) => each.sessions.has(externalUserId))
    if (account === undefined) throw new Error('no chat is open')
    site.controls.memberSendsKf(account.openKfId, externalUserId, text)
  } else {
    if (followOf(site.core.state, userid, externalUserId) === undefined) throw new Error('no chat is open')
    site.controls.staffSays(userid, externalUserId, text, message.msgtype)
  }
  return { sent: true }
}
