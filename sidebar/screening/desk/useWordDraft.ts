import { shallowRef, type ShallowRef } from 'vue'
import type { z } from 'zod'
import type { readWordDraft } from '#shared/contracts/screening'
import { deskRoutes } from '../../api/desk/routes.ts'
import { useServices } from '../../services.ts'
import { useAction, type Action } from '../../ui/desk/useAction.ts'

export type WordDraft = z.output<typeof readWordDraft.returns>

export interface DraftInHand {
  readonly draft: Readonly<ShallowRef<WordDraft | null>>
  readonly reading: Action<[]>
}

/** The one draft of the word lists, with the version that every change must name. */
export function useWordDraft(): DraftInHand {
  const { api } = useServices()
  const draft = shallowRef<WordDraft | null>(null)
  const reading = useAction(async () => { draft.value = await api.call(deskRoutes.readWordDraft, {}) })
  void reading.run()
  return { draft, reading }
}
