import type { Bridge, ChatContext } from '../wecom/bridge.ts'

/** WeCom as a test plays it. */
export interface FakeBridge extends Bridge {
  /** What the next question is answered with. */
  answer: () => Promise<ChatContext>
}

export const chatWith = (externalUserId: string): (() => Promise<ChatContext>) =>
  () => Promise.resolve({ entry: 'single_chat_tools', externalUserId })

export function fakeBridge(answer: () => Promise<ChatContext>, isInside = true): FakeBridge {
  const bridge: FakeBridge = { isInside, answer, currentContext: () => bridge.answer() }
  return bridge
}
