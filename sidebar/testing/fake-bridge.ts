import type { Bridge, ChatContext, ChatMessage } from '../wecom/bridge.ts'

/** WeCom as a test plays it. */
export interface FakeBridge extends Bridge {
  /** What the next question is answered with. */
  answer: () => Promise<ChatContext>
  /** What was put into the chat. */
  readonly sent: ChatMessage[]
  /** How WeCom takes the next message. */
  take: () => Promise<void>
}

export const chatWith = (externalUserId: string): (() => Promise<ChatContext>) =>
  () => Promise.resolve({ entry: 'single_chat_tools', externalUserId })

export function fakeBridge(answer: () => Promise<ChatContext>, isInside = true): FakeBridge {
  const bridge: FakeBridge = {
    isInside, answer, sent: [], take: () => Promise.resolve(),
    currentContext: () => bridge.answer(),
    sendMessage: async (message) => {
      await bridge.take()
      bridge.sent.push(message)
    },
  }
  return bridge
}
