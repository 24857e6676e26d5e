import { flushPromises } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { later } from '../testing/fake-server.ts'
import { runAlone } from '../testing/render.ts'
import { ApiFailure, unreachable } from './failure.ts'
import { useLatest } from './useLatest.ts'

describe('useLatest', () => {
  it('shows nothing of the former key from the moment the key changes', async () => {
    const key = ref('chen')
    const { result } = runAlone(() => useLatest(() => key.value, async (id) => `card of ${id}`))
    await flushPromises()
    expect(result.data.value).toBe('card of chen')
    key.value = 'wang'
    expect(result.data.value).toBeNull()
    await flushPromises()
    expect(result.data.value).toBe('card of wang')
  })

  it('throws away an answer to an earlier question, however late, and cancels it', async () => {
    const key = ref('chen')
    const answers = { chen: later<string>(), wang: later<string>() }
    const signals: AbortSignal[] = []
    const { result } = runAlone(() => useLatest(() => key.value, (id, signal) => {
      signals.push(signal)
      return id === 'chen' ? answers.chen.promise : answers.wang.promise
    }))
    key.value = 'wang'
    expect(signals[0]?.aborted).toBe(true)
    answers.wang.give('Wang')
    await flushPromises()
    answers.chen.give('Chen')
    await flushPromises()
    expect(result.data.value).toBe('Wang')
  })

  it('drops a late failure as well', async () => {
    const key = ref('chen')
    const slow = later<void>()
    const { result } = runAlone(() => useLatest(() => key.value, async (id) => {
      if (id !== 'chen') return 'Wang'
      await slow.promise
      throw unreachable()
    }))
    key.value = 'wang'
    slow.give()
    await flushPromises()
    expect(result.data.value).toBe('Wang')
    expect(result.failure.value).toBeNull()
  })

  it('keeps what is shown while it reads again, and when only the network is missing', async () => {
    let fails: ApiFailure | null = null
    const { result } = runAlone(() => useLatest(() => 'chen', async () => {
      if (fails) throw fails
      return 'Chen'
    }))
    await flushPromises()
    fails = unreachable()
    const again = result.reload()
    expect(result.data.value).toBe('Chen')
    await again
    expect(result.data.value).toBe('Chen')
    expect(result.failure.value?.kind).toBe('offline')
  })

  it('drops what is shown when the server refuses it', async () => {
    let refuses = false
    const { result } = runAlone(() => useLatest(() => 'chen', async () => {
      if (refuses) throw new ApiFailure({ kind: 'missing', code: 'customer.not_found' })
      return 'Chen'
    }))
    await flushPromises()
    refuses = true
    await result.reload()
    expect(result.data.value).toBeNull()
    expect(result.failure.value?.kind).toBe('missing')
  })

  it('asks nothing without a key, and forgets everything at its end', async () => {
    let asked = 0
    const key = ref<string | null>(null)
    const { result, stop } = runAlone(() => useLatest(() => key.value, async (id) => { asked += 1; return id }))
    await flushPromises()
    expect(asked).toBe(0)
    key.value = 'chen'
    await flushPromises()
    stop()
    expect(result.data.value).toBeNull()
  })
})
