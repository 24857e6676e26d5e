import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { asFailure, Superseded, type ApiFailure } from './failure.ts'

export interface Latest<T> {
  readonly data: Readonly<ShallowRef<T | null>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  readonly isLoading: Readonly<Ref<boolean>>
  /** Reads again; what is shown stays until the new answer is there. */
  readonly reload: () => Promise<void>
  /** Puts in an answer that came another way (a write returns the new card). */
  readonly replace: (value: T) => void
}

/**
 * Loads what belongs to `key` and shows nothing else: when the key changes, the former data is gone in the same tick,
 * and an answer to an earlier question is thrown away, however late it comes. A null key loads nothing.
 */
export function useLatest<K, T>(key: () => K | null, load: (key: K, signal: AbortSignal) => Promise<T>): Latest<T> {
  const data = shallowRef<T | null>(null)
  const failure = shallowRef<ApiFailure | null>(null)
  const isLoading = ref(false)
  let running: AbortController | null = null

  async function run(question: K): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    isLoading.value = true
    failure.value = null
    try {
      const value = await load(question, mine.signal)
      if (running === mine) data.value = value
    } catch (thrown) {
      // Superseded by new rules: the screen is being replaced, there is nothing to tell.
      if (running === mine && !(thrown instanceof Superseded)) fail(asFailure(thrown))
    } finally {
      if (running === mine) isLoading.value = false
    }
  }

  /** Only a missing network leaves what is shown; any other answer may mean that it is not ours to see any more. */
  function fail(why: ApiFailure): void {
    if (why.kind !== 'offline') data.value = null
    failure.value = why
  }

  async function reload(): Promise<void> {
    const question = key()
    if (question !== null) await run(question)
  }

  function replace(value: T): void {
    running?.abort()
    running = null
    isLoading.value = false
    data.value = value
  }

  function cancel(): void {
    running?.abort()
    running = null
    isLoading.value = false
    data.value = null
    failure.value = null
  }

  watch(key, (question) => {
    cancel()
    if (question !== null) void run(question)
  }, { immediate: true, flush: 'sync' })
  onScopeDispose(cancel)

  return { data, failure, isLoading, reload, replace }
}
