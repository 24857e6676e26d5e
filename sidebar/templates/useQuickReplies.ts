import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { listQuickReplies, QuickReply } from '#shared/contracts/templates'
import { asFailure, Superseded, type ApiFailure } from '../api/failure.ts'
import type { Answer } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'
import { troubleOf, type Bridge, type BridgeTrouble } from '../wecom/bridge.ts'
import { messagesOf } from './chat-messages.ts'

export interface QuickReplies {
  readonly search: Ref<string>
  readonly list: Latest<Answer<typeof listQuickReplies>>
  /** The template whose message is under way. */
  readonly sending: Readonly<Ref<string | null>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  readonly trouble: Readonly<Ref<BridgeTrouble | null>>
  /** True when everything is in the chat. */
  readonly send: (reply: QuickReply) => Promise<boolean>
}

/** The library for one customer: what is found, and the one tap that sends. What is sent is what the server gives at that tap. */
export function useQuickReplies(externalUserId: string, bridge: Bridge): QuickReplies {
  const { api } = useServices()
  const search = ref('')
  const sending = ref<string | null>(null)
  const failure = shallowRef<ApiFailure | null>(null)
  const trouble = ref<BridgeTrouble | null>(null)
  const list = useLatest(() => ({ q: search.value.trim(), generation: api.epoch.generation.value }), ({ q }, signal) =>
    api.call(routes.listQuickReplies, { params: { externalUserId }, query: q === '' ? {} : { q } }, { signal }))

  async function send(reply: QuickReply): Promise<boolean> {
    if (sending.value !== null) return false
    sending.value = reply.templateId
    failure.value = null
    trouble.value = null
    try {
      const { text, attachments, receipt } = await api.call(routes.sendQuickReply, { params: { externalUserId }, body: { templateId: reply.templateId, versionId: reply.versionId } })
      if (!(await put(text, attachments))) return false
      confirm(receipt)
      return true
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) failure.value = asFailure(thrown)
      return false
    } finally {
      sending.value = null
    }
  }

  /** It is in the chat, whatever becomes of this: it only counts. */
  function confirm(receipt: string): void {
    api.call(routes.confirmQuickReply, { body: { receipt } }).catch(() => undefined)
  }

  async function put(...message: Parameters<typeof messagesOf>): Promise<boolean> {
    try {
      for (const one of messagesOf(...message)) await bridge.sendMessage(one)
      return true
    } catch (thrown) {
      trouble.value = troubleOf(thrown)
      return false
    }
  }

  return { search, list, sending, failure, trouble, send }
}
