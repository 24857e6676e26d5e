import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiFailure } from '../api/failure.ts'
import { troubleOf, type Bridge, type BridgeTrouble, type ChatContext } from './bridge.ts'

/** The page's own events that may mean "another chat is open now"; WeCom sends none (WeCom doc path/94313). */
const signals = ['pageshow', 'focus'] as const
/** These events come in bursts; one question is enough. */
const settleMs = 30

export interface CurrentChat {
  /** Null until WeCom answered, and again when it fails. */
  readonly context: Readonly<ShallowRef<ChatContext | null>>
  readonly trouble: Readonly<Ref<BridgeTrouble | 'server' | null>>
  readonly reread: () => Promise<void>
}

const isSame = (a: ChatContext | null, b: ChatContext): boolean =>
  a !== null && a.entry === b.entry && a.externalUserId === b.externalUserId && a.chatId === b.chatId

/** Which chat is open now. Asked again whenever the page comes back to the front; only the last question counts. */
export function useChatContext(bridge: Bridge): CurrentChat {
  const context = shallowRef<ChatContext | null>(null)
  const trouble = ref<BridgeTrouble | 'server' | null>(null)
  let question = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function reread(): Promise<void> {
    const mine = ++question
    try {
      const found = await bridge.currentContext()
      if (mine !== question) return
      trouble.value = null
      if (!isSame(context.value, found)) context.value = found
    } catch (thrown) {
      if (mine !== question) return
      // Nobody knows who is in the chat now, so nobody may stay on the screen.
      context.value = null
      trouble.value = thrown instanceof ApiFailure ? 'server' : troubleOf(thrown)
    }
  }

  function soon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void reread(), settleMs)
  }

  const onVisibility = (): void => {
    if (document.visibilityState === 'visible') soon()
  }

  if (bridge.isInside) {
    for (const signal of signals) window.addEventListener(signal, soon)
    document.addEventListener('visibilitychange', onVisibility)
    void reread()
  }
  onScopeDispose(() => {
    question += 1
    clearTimeout(timer)
    for (const signal of signals) window.removeEventListener(signal, soon)
    document.removeEventListener('visibilitychange', onVisibility)
  })

  return { context, trouble, reread }
}
