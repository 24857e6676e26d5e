import { onScopeDispose, ref, type Ref } from 'vue'
import { ApiFailure } from './failure.ts'
import type { Api } from './client.ts'
import { routes } from './routes.ts'

const everyMs = 10_000
/** Without an answer for so long nobody can say that the rules still allow what is shown. */
const expiresMs = 60_000

export interface Contact {
  /** The last question got no answer. */
  readonly isOffline: Readonly<Ref<boolean>>
  /** No answer for a minute: what is shown must go. */
  readonly isExpired: Readonly<Ref<boolean>>
  readonly ask: () => Promise<void>
}

/** Asks which rules are in force while the page is visible, so that an open screen learns of a change (S26) and of an end by the clock (S18, S51). */
export function useEpochPoll(api: Api): Contact {
  const isOffline = ref(false)
  const isExpired = ref(false)

  async function ask(): Promise<void> {
    try {
      await api.call(routes.readEpoch, {}, { anyEpoch: true })
      isOffline.value = false
    } catch (thrown) {
      isOffline.value = thrown instanceof ApiFailure && thrown.kind === 'offline'
    }
    isExpired.value = isOffline.value && Date.now() - api.lastAnswerAt.value > expiresMs
  }

  const askIfVisible = (): void => {
    if (document.visibilityState === 'visible') void ask()
  }
  const timer = setInterval(askIfVisible, everyMs)
  document.addEventListener('visibilitychange', askIfVisible)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', askIfVisible)
  })
  return { isOffline, isExpired, ask }
}
