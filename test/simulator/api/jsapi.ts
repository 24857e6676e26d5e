import { getJsApiSignature } from '@wecom/crypto'
import * as z from 'zod'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'

const lifeMs = 7_200_000

/** The current ticket of a kind, renewed when it has ended. */
export function ticketOf(core: Core, kind: 'corp' | 'agent'): { ticket: string, expires_in: number } {
  const now = core.now()
  const known = core.state.tickets.get(kind)
  const record = known !== undefined && known.expiresAt > now ? known : { ticket: randomText(86), expiresAt: now + lifeMs }
  core.state.tickets.set(kind, record)
  return { ticket: record.ticket, expires_in: Math.ceil((record.expiresAt - now) / 1000) }
}

export interface SignedConfig {
  readonly url: string
  readonly corpid: string
  readonly agentid: string
  readonly timestamp: string
  readonly nonceStr: string
  readonly signature: string
}

/** What the client does with `agentConfig` (WeCom doc path/94313): 0, 40093 for a wrong signature, 42012 for the corp ticket's. */
export function verifyAgentConfig(core: Core, config: SignedConfig): number {
  if (config.corpid !== core.options.corpId) return 40013
  if (config.agentid !== String(core.options.agentId)) return 40056
  const signed = (kind: 'corp' | 'agent'): string =>
    getJsApiSignature({ url: config.url.split('#')[0] ?? '', ticket: ticketOf(core, kind).ticket, nonceStr: config.nonceStr, timestamp: config.timestamp }).signature
  if (config.signature === signed('agent')) return 0
  return config.signature === signed('corp') ? 42012 : 40093
}

export const jsapiEndpoints = [
  endpoint({ method: 'GET', path: 'get_jsapi_ticket', input: z.looseObject({}), handle: (_input, { core }) => ticketOf(core, 'corp') }),
  endpoint({
    method: 'GET', path: 'ticket/get', input: z.object({ type: z.string() }),
    handle: ({ type }, { core }) => {
      if (type !== 'agent_config') throw new WecomFault(40058)
      return ticketOf(core, 'agent')
    },
  }),
]
