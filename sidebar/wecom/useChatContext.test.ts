import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chatWith, fakeBridge } from '../testing/fake-bridge.ts'
import { later } from '../testing/fake-server.ts'
import { runAlone } from '../testing/render.ts'
import { BridgeFailure, type ChatContext } from './bridge.ts'
import { useChatContext } from './useChatContext.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(50)

describe('the chat context', () => {
  it.each(['focus', 'pageshow'])('is read anew on %s', async (signal) => {
    const bridge = fakeBridge(chatWith('wmChen'))
    const { result, stop } = runAlone(() => useChatContext(bridge))
    await settle()
    bridge.answer = chatWith('wmWang')
    window.dispatchEvent(new Event(signal))
    await settle()
    expect(result.context.value?.externalUserId).toBe('wmWang')
    stop()
  })

  it('is read anew when the page becomes visible', async () => {
    const bridge = fakeBridge(chatWith('wmChen'))
    const { result, stop } = runAlone(() => useChatContext(bridge))
    await settle()
    bridge.answer = chatWith('wmWang')
    document.dispatchEvent(new Event('visibilitychange'))
    await settle()
    expect(result.context.value?.externalUserId).toBe('wmWang')
    stop()
  })

  it('never takes a late answer about the former chat', async () => {
    const slow = later<ChatContext>()
    const bridge = fakeBridge(() => slow.promise)
    const { result, stop } = runAlone(() => useChatContext(bridge))
    bridge.answer = chatWith('wmWang')
    window.dispatchEvent(new Event('focus'))
    await settle()
    slow.give({ entry: 'single_chat_tools', externalUserId: 'wmChen' })
    await settle()
    expect(result.context.value?.externalUserId).toBe('wmWang')
    stop()
  })

  it('is nobody when WeCom does not say who, and the reason is kept', async () => {
    const bridge = fakeBridge(chatWith('wmChen'))
    const { result, stop } = runAlone(() => useChatContext(bridge))
    await settle()
    bridge.answer = () => Promise.reject(new BridgeFailure('no_context'))
    window.dispatchEvent(new Event('focus'))
    await settle()
    expect(result.context.value).toBeNull()
    expect(result.trouble.value).toBe('no_context')
    stop()
  })

  it('stays the same object while the chat stays the same, so that nothing flickers', async () => {
    const bridge = fakeBridge(chatWith('wmChen'))
    const { result, stop } = runAlone(() => useChatContext(bridge))
    await settle()
    const first = result.context.value
    window.dispatchEvent(new Event('focus'))
    await settle()
    expect(result.context.value).toBe(first)
    stop()
  })
})
