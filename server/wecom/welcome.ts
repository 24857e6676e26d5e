import { Invariant } from '../errors.ts'
import { attachmentBody, type MessageAttachment } from './attachments.ts'
import type { Caller } from './call.ts'
import { WecomError } from './errors.ts'
import { nothing } from './wire.ts'

export type WelcomeAttachment = MessageAttachment

export interface WelcomeMessage {
  /** From the event; valid 20 seconds, for the first app that uses it. */
  readonly welcomeCode: string
  /** At most 4000 bytes. */
  readonly text?: string
  /** At most 9. */
  readonly attachments?: readonly WelcomeAttachment[]
}

/**
 * What became of a welcome message. `already-welcomed`: this or another app delivered one, or they already chat.
 * `archive-consent-missing`: send it from the event that follows the customer's consent.
 */
export type WelcomeOutcome = 'sent' | 'already-welcomed' | 'expired' | 'archive-consent-missing'

const outcomeByErrcode: ReadonlyMap<number, WelcomeOutcome> = new Map([
  [41050, 'expired'], [41051, 'already-welcomed'], [41053, 'archive-consent-missing'],
])

/** The welcome message of a new customer (WeCom doc path/92137). */
export function welcomeCalls(call: Caller) {
  return {
    async sendWelcome(message: WelcomeMessage): Promise<WelcomeOutcome> {
      const attachments = message.attachments ?? []
      if ((message.text ?? '') === '' && attachments.length === 0) throw new Invariant('a welcome message needs content')
      try {
        await call({
          endpoint: 'externalcontact/send_welcome_msg', write: 'welcome.send', answer: nothing,
          body: {
            welcome_code: message.welcomeCode,
            ...(message.text === undefined || message.text === '' ? {} : { text: { content: message.text } }),
            ...(attachments.length === 0 ? {} : { attachments: attachments.map(attachmentBody) }),
          },
        })
        return 'sent'
      } catch (error) {
        const outcome = error instanceof WecomError ? outcomeByErrcode.get(error.errcode) : undefined
        if (outcome === undefined) throw error
        return outcome
      }
    },
  }
}
