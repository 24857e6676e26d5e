import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, Superseded, type ApiFailure } from './failure.ts'

export interface Page<T> { readonly items: readonly T[], readonly nextCursor: string | null }

export interface Pages<T> {
  readonly items: Readonly<ShallowRef<readonly T[]>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  readonly isLoading: Readonly<Ref<boolean>>
  /** The first page has been read. */
  readonly isRead: Readonly<Ref<boolean>>
  readonly hasMore: ComputedRef<boolean>
  readonly more: () => Promise<void>
}

/** A list that is read page by page; it belongs to one customer and ends with its screen. */
export function usePages<T>(load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>): Pages<T> {
  const items = shallowRef<readonly T[]>([])
  const cursor = ref<string | null>(null)
  const failure = shallowRef<ApiFailure | null>(null)
  const isLoading = ref(false)
  const isRead = ref(false)
  const ended = new AbortController()

  async function more(): Promise<void> {
    if (isLoading.value) return
    isLoading.value = true
    failure.value = null
    try {
      const page = await load(cursor.value ?? undefined, ended.signal)
      if (ended.signal.aborted) return
      items.value = [...items.value, ...page.items]
      cursor.value = page.nextCursor
      isRead.value = true
    } catch (thrown) {
      if (!ended.signal.aborted && !(thrown instanceof Superseded)) failure.value = asFailure(thrown)
    } finally {
      isLoading.value = false
    }
  }

  onScopeDispose(() => {
    ended.abort()
    items.value = []
  })
  void more()
  return { items, failure, isLoading, isRead, hasMore: computed(() => cursor.value !== null), more }
}
