/** Why WeCom did not tell which chat is open, or did not send. `cancelled`: the person said no to WeCom's own question. */
export type BridgeTrouble = 'signature' | 'permission' | 'no_context' | 'timeout' | 'cancelled' | 'unknown'

export class BridgeFailure extends Error {
  readonly trouble: BridgeTrouble

  constructor(trouble: BridgeTrouble, detail = '') {
    super(detail)
    this.trouble = trouble
  }
}

/** Where the page was opened from, and with whom. */
export interface ChatContext {
  /** WeCom's entry word: `single_chat_tools`, `contact_profile`, `group_chat_tools`, `normal`, … */
  readonly entry: string
  readonly externalUserId?: string
  readonly chatId?: string
}

/** What `sendChatMessage` takes (WeCom doc path/94354); of these the sidebar sends. */
export type ChatMessage =
  | { readonly msgtype: 'text', readonly text: { readonly content: string } }
  | { readonly msgtype: 'image', readonly image: { readonly mediaid: string } }
  | { readonly msgtype: 'video', readonly video: { readonly mediaid: string } }
  | { readonly msgtype: 'file', readonly file: { readonly mediaid: string } }
  | { readonly msgtype: 'news', readonly news: { readonly link: string, readonly title: string, readonly desc: string, readonly imgUrl: string } }

/** What the screens need of WeCom. The real one is `createSdkBridge`. */
export interface Bridge {
  /** False in an ordinary browser, where WeCom's functions never answer. */
  readonly isInside: boolean
  /** Asks WeCom anew which chat is open now. Rejects with `BridgeFailure`. */
  readonly currentContext: () => Promise<ChatContext>
  /** Puts a message into the open chat, after WeCom's own question. Rejects with `BridgeFailure`. */
  readonly sendMessage: (message: ChatMessage) => Promise<void>
}

/** Rejects with a `timeout` failure when WeCom keeps silent; its promises may never settle (WeCom doc path/90514). */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BridgeFailure('timeout')), limitMs)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** The SDK rejects with a plain result object; its text is matched by part, as the clients differ (WeCom doc path/94315). */
export function troubleOf(thrown: unknown): BridgeTrouble {
  if (thrown instanceof BridgeFailure) return thrown.trouble
  if (typeof thrown !== 'object' || thrown === null || !('errMsg' in thrown)) return 'unknown'
  const text = String(thrown.errMsg).replaceAll('_', ' ').toLowerCase()
  if (text.includes('cancel')) return 'cancelled'
  if (text.includes('without context')) return 'no_context'
  if (text.includes('no permission') || text.includes('permission denied')) return 'permission'
  return text.includes('config') || text.includes('signature') ? 'signature' : 'unknown'
}
