// The bridge that WeCom's own browser gives to a page. Runs before every script of the page, from the same origin.
(() => {
  const suffix = ' wxwork/4.1.0 MicroMessenger/7.0.1'
  const agent = navigator.userAgent.includes('wxwork') ? navigator.userAgent : navigator.userAgent + suffix
  Object.defineProperty(navigator, 'userAgent', { get: () => agent, configurable: true })

  let configured = false

  const ask = async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`/__simulator/api/${path}`, { credentials: 'same-origin', cache: 'no-store', ...init })
    const result = await answer.json()
    if (!answer.ok) throw new Error(result.error)
    return result
  }

  /** `agentConfig`: the client checks the signature against the app's ticket and the address of this page. */
  const agentConfig = async (params) => {
    const { corpid, agentid, timestamp, nonceStr, signature } = params
    const { errcode } = await ask('jsapi/verify', { url: location.href.split('#')[0], corpid, agentid, timestamp, nonceStr, signature })
    configured = errcode === 0
    if (configured) return { err_msg: 'agentConfig:ok' }
    return { err_msg: errcode === 40093 ? 'agentConfig:fail_invalid signature' : 'agentConfig:fail', errCode: errcode }
  }

  const inChat = async (name, give) => {
    const context = await ask('webview/context')
    if (!configured || !context.permitted) return { err_msg: `${name}:fail_no permission` }
    if (context.externalUserId === '') return { err_msg: `${name}:fail_without context of external contact` }
    return give(context)
  }

  const handlers = {
    agentConfig,
    preVerifyJSAPI: async () => ({ err_msg: 'preVerifyJSAPI:ok' }),
    checkJsApi: async (params) => ({ err_msg: 'checkJsApi:ok', checkResult: Object.fromEntries((params.jsApiList ?? []).map((name) => [name, name in handlers])) }),
    getContext: async () => ({ err_msg: 'getContext:ok', entry: (await ask('webview/context')).entry }),
    getCurExternalContact: () => inChat('getCurExternalContact', (context) => ({ err_msg: 'getCurExternalContact:ok', userId: context.externalUserId })),
    getCurExternalChat: async () => ({ err_msg: 'getCurExternalChat:fail_without context of external contact' }),
    sendChatMessage: (params) => inChat('sendChatMessage', async () => {
      await ask('webview/send', params)
      return { err_msg: 'sendChatMessage:ok' }
    }),
    hideOptionMenu: async () => ({ err_msg: 'hideOptionMenu:ok' }),
    showOptionMenu: async () => ({ err_msg: 'showOptionMenu:ok' }),
    closeWindow: async () => ({ err_msg: 'closeWindow:ok' }),
    openUserProfile: async () => ({ err_msg: 'openUserProfile:ok' }),
    setClipboardData: async () => ({ err_msg: 'setClipboardData:ok' }),
  }

  window.WeixinJSBridge = {
    invoke(name, params, callback) {
      const handler = handlers[name]
      const work = handler === undefined ? Promise.resolve({ err_msg: `${name}:fail_not supported` }) : handler(params ?? {})
      work.catch((error) => ({ err_msg: `${name}:fail_${String(error.message).toLowerCase()}` })).then((result) => callback?.(result))
    },
    on() {},
  }
  document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  document.addEventListener('DOMContentLoaded', () => document.dispatchEvent(new Event('WeixinJSBridgeReady')))
})()
