import * as ww from '@wecom/jssdk'
import type { Api } from '../api/client.ts'
import type { Answer } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import type { readJssdkConfig } from '#shared/contracts/identity'
import { BridgeFailure, troubleOf, within, type Bridge, type ChatContext, type ChatMessage } from './bridge.ts'

const answerMs = 6_000
/** Somebody reads WeCom's question before the message leaves. */
const questionMs = 120_000

type Signatures = Answer<typeof readJssdkConfig>

const withCustomer = new Set(['contact_profile', 'single_chat_tools', 'single_kf_tools'])
const withGroup = new Set(['group_chat_tools'])

/** The bridge over the real SDK. Signatures come from the server; the ticket never reaches the page (WeCom doc path/90514). */
export function createSdkBridge(api: Api, pageUrl: () => string): Bridge {
  let registered: Promise<void> | null = null
  let refused: BridgeFailure | null = null

  const sign = (url: string): Promise<Signatures> => api.call(routes.readJssdkConfig, { query: { url } }, { anyEpoch: true })

  async function register(): Promise<void> {
    const url = pageUrl()
    const first = await sign(url)
    const signaturesFor = (asked: string): Promise<Signatures> => (asked === url ? Promise.resolve(first) : sign(asked))
    const onFail = (): void => { refused = new BridgeFailure('signature') }
    ww.register({
      corpId: first.corpId,
      agentId: first.agentId,
      jsApiList: ['getContext', 'getCurExternalContact', 'getCurExternalChat', 'sendChatMessage'],
      getConfigSignature: async (asked) => (await signaturesFor(asked)).corp,
      getAgentConfigSignature: async (asked) => (await signaturesFor(asked)).agent,
      onConfigFail: onFail,
      onAgentConfigFail: onFail,
    })
  }

  /** A failed registration is tried again by the next question. */
  async function ready(): Promise<void> {
    refused = null
    registered ??= register()
    try {
      await registered
    } catch (thrown) {
      registered = null
      throw thrown
    }
  }

  async function ask<T>(question: () => Promise<T>, limitMs = answerMs): Promise<T> {
    try {
      return await within(limitMs, question())
    } catch (thrown) {
      if (refused) registered = null
      throw refused ?? new BridgeFailure(troubleOf(thrown))
    }
  }

  async function currentContext(): Promise<ChatContext> {
    await ready()
    const { entry } = await ask(() => ww.getContext())
    if (withCustomer.has(entry)) return { entry, externalUserId: (await ask(() => ww.getCurExternalContact())).userId }
    if (withGroup.has(entry)) return { entry, chatId: (await ask(() => ww.getCurExternalChat())).chatId }
    return { entry }
  }

  async function sendMessage(message: ChatMessage): Promise<void> {
    await ready()
    await ask(() => ww.sendChatMessage(message), questionMs)
  }

  return { isInside: ww.env.isWeCom, currentContext, sendMessage }
}
