import { beforeEach, describe, expect, it, vi } from 'vitest'
import results from '../../test/fixtures/wecom/jssdk/bridge_results.json'
import { apiOf, fakeServer, ok, refusal } from '../testing/fake-server.ts'
import { signatures } from '../testing/sample.ts'
import { troubleOf, type Bridge } from './bridge.ts'
import { createSdkBridge } from './sdk-bridge.ts'

type Callback = (result: object) => void
interface Asked { readonly name: string, readonly params: Record<string, unknown> }

/** The SDK looks at the user agent and for WeCom's own object once, while it loads. */
const wecom = vi.hoisted(() => {
  const state = { invoke: (_name: string, _params: Record<string, unknown>, _callback: Callback): void => {} }
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (Linux; Android 14) wxwork/4.1.0 MicroMessenger/7.0.1' })
  vi.stubGlobal('WeixinJSBridge', {
    on: () => {},
    invoke: (name: string, params: Record<string, unknown>, callback: Callback) => state.invoke(name, params, callback),
  })
  return state
})

/** WeCom below the real SDK; answers with WeCom's recorded results. */
function installWeCom(answers: Record<string, object>): Asked[] {
  const asked: Asked[] = []
  wecom.invoke = (name, params, callback) => {
    asked.push({ name, params })
    // The SDK writes into the result, so each question gets a copy.
    setTimeout(() => callback({ ...(answers[name] ?? { err_msg: `${name}:ok` }) }), 0)
  }
  return asked
}

let server = fakeServer()
const thisPage = (): string => location.href.replace(/#.*$/, '')
const bridgeOf = (): Bridge => createSdkBridge(apiOf(server), thisPage)

beforeEach(() => {
  server = fakeServer()
  server.on('GET /api/jssdk/config', () => ok(signatures))
})

describe('the SDK bridge', () => {
  it('reads the customer of a single chat, with the app signature of this very page', async () => {
    const asked = installWeCom({ getContext: results.getContext, getCurExternalContact: results.getCurExternalContact })
    const bridge = bridgeOf()
    expect(bridge.isInside).toBe(true)
    expect(await bridge.currentContext()).toEqual({ entry: 'single_chat_tools', externalUserId: results.getCurExternalContact.userId })
    expect(server.calls[0]?.query.get('url')).toBe(thisPage())
    expect(asked[0]).toMatchObject({ name: 'agentConfig', params: { corpid: signatures.corpId, nonceStr: 'agent', signature: 'a' } })
  })

  it('reads the customer of a profile page, and the group of a group chat', async () => {
    installWeCom({ getContext: { ...results.getContext, entry: 'contact_profile' }, getCurExternalContact: results.getCurExternalContact })
    const profile = await bridgeOf().currentContext()
    expect(profile).toEqual({ entry: 'contact_profile', externalUserId: results.getCurExternalContact.userId })
    installWeCom({ getContext: { ...results.getContext, entry: 'group_chat_tools' }, getCurExternalChat: results.getCurExternalChat })
    const group = await bridgeOf().currentContext()
    expect(group).toEqual({ entry: 'group_chat_tools', chatId: results.getCurExternalChat.chatId })
  })

  it('asks for nobody when opened from the workbench', async () => {
    const asked = installWeCom({ getContext: { ...results.getContext, entry: 'normal' } })
    expect(await bridgeOf().currentContext()).toEqual({ entry: 'normal' })
    expect(asked.map((call) => call.name)).not.toContain('getCurExternalContact')
  })

  it.each([['no_permission', 'permission'], ['wrong_entry', 'no_context']] as const)('tells %s apart', async (recorded, trouble) => {
    installWeCom({ getContext: results.getContext, getCurExternalContact: results[recorded] })
    const bridge = bridgeOf()
    expect(await bridge.currentContext().catch(troubleOf)).toBe(trouble)
  })

  it('tries the signature again after the server could not give one', async () => {
    installWeCom({ getContext: results.getContext, getCurExternalContact: results.getCurExternalContact })
    const bridge = bridgeOf()
    server.on('GET /api/jssdk/config', () => refusal(502, 'wecom.unreachable'))
    await expect(bridge.currentContext()).rejects.toMatchObject({ code: 'wecom.unreachable' })
    server.on('GET /api/jssdk/config', () => ok(signatures))
    expect(await bridge.currentContext()).toMatchObject({ externalUserId: results.getCurExternalContact.userId })
  })
})
