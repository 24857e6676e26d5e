import { describe, expect, it, vi } from 'vitest'
import { BridgeFailure, troubleOf, within } from './bridge.ts'

describe('the bridge', () => {
  it.each([
    ['getCurExternalContact:fail no permission', 'permission'],
    ['getCurExternalContact:fail_no permission', 'permission'],
    ['getCurExternalContact:fail_without context of external contact', 'no_context'],
    ['agentConfig:fail invalid signature', 'signature'],
    ['getContext:fail something new', 'unknown'],
  ])('reads "%s" as %s', (errMsg, trouble) => {
    expect(troubleOf({ errMsg, errCode: -1 })).toBe(trouble)
  })

  it('does not wait for ever for a promise that never settles', async () => {
    vi.useFakeTimers()
    const waiting = within(6_000, new Promise(() => {})).catch(troubleOf)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(await waiting).toBe('timeout')
    vi.useRealTimers()
  })

  it('keeps the trouble of its own failures', () => {
    expect(troubleOf(new BridgeFailure('signature'))).toBe('signature')
  })
})
