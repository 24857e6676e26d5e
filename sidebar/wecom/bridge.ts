/** Why WeCom did not tell which chat is open. */
export type BridgeTrouble = 'signature' | 'permission' | 'no_context' | 'timeout' | 'unknown'

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

/** What the screens need of WeCom. The real one is `createSdkBridge`. */
export interface Bridge {
  /** False in an ordinary browser, where WeCom's functions never answer. */
  readonly isInside: boolean
  /** Asks WeCom anew which chat is open now. Rejects with `BridgeFailure`. */
  readonly currentContext: () => Promise<ChatContext>
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
  if (text.includes('without context')) return 'no_context'
  if (text.includes('no permission') || text.includes('permission denied')) return 'permission'
  return text.includes('config') || text.includes('signature') ? 'signature' : 'unknown'
}
