import { computed, type ComputedRef } from 'vue'
import type { readPolicyDraft } from '#shared/contracts/policy'
import type { DraftDocument } from '#shared/contracts/policy-document'
import { deskRoutes } from '../../api/desk/routes.ts'
import type { Answer } from '../../api/route.ts'
import { useLatest, type Latest } from '../../api/useLatest.ts'
import { useServices } from '../../services.ts'
import { useAction, type Action } from '../../ui/desk/useAction.ts'

export type Draft = Answer<typeof readPolicyDraft>

export interface DraftDesk {
  readonly draft: Latest<Draft>
  /** Only an open draft can be edited. */
  readonly isOpen: ComputedRef<boolean>
  /** Saves a changed part at once, so that a change of rules or a closed window loses nothing. */
  readonly save: Action<[change: Partial<DraftDocument>]>
  readonly rebase: Action<[]>
  readonly withdraw: Action<[]>
}

/** One draft of the policy on the desk. */
export function useDraft(id: () => string): DraftDesk {
  const { api } = useServices()
  const draft = useLatest(id, (wanted, signal) => api.call(deskRoutes.readPolicyDraft, { params: { id: wanted } }, { signal }))
  const params = () => ({ id: id() })
  return {
    draft,
    isOpen: computed(() => draft.data.value?.state === 'open'),
    save: useAction(async (change) => {
      const present = draft.data.value
      if (present === null) return
      draft.replace(await api.call(deskRoutes.savePolicyDraft, { params: params(), body: { version: present.version, document: { ...present.document, ...change } } }))
    }),
    rebase: useAction(async () => {
      const present = draft.data.value
      if (present === null) return
      draft.replace((await api.call(deskRoutes.rebasePolicyDraft, { params: params(), body: { version: present.version } })).draft)
    }),
    withdraw: useAction(async () => {
      draft.replace(await api.call(deskRoutes.withdrawPolicyDraft, { params: params() }))
    }),
  }
}
