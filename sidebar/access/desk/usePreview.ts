import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { readPolicyPreview } from '#shared/contracts/policy'
import { deskRoutes } from '../../api/desk/routes.ts'
import { Superseded } from '../../api/failure.ts'
import type { Answer } from '../../api/route.ts'
import { useServices } from '../../services.ts'
import { useAction, type Action } from '../../ui/desk/useAction.ts'

export type Preview = Answer<typeof readPolicyPreview>
const everyMs = 700

/** A preview of a draft: started here or found again, followed until it is finished. */
export function usePreview(known: () => string | null, draftId: () => string, onDone: () => void): { readonly preview: Readonly<ShallowRef<Preview | null>>, readonly start: Action<[]> } {
  const { api } = useServices()
  const preview = shallowRef<Preview | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const ended = new AbortController()

  async function follow(id: string): Promise<void> {
    clearTimeout(timer)
    try {
      const before = preview.value?.state
      preview.value = await api.call(deskRoutes.readPolicyPreview, { params: { id } }, { signal: ended.signal })
      if (preview.value.state === 'running') timer = setTimeout(() => void follow(id), everyMs)
      else if (before === 'running') onDone()
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) timer = setTimeout(() => void follow(id), everyMs * 5)
    }
  }

  const start = useAction(async () => {
    const { previewId } = await api.call(deskRoutes.startPolicyPreview, { params: { id: draftId() } })
    await follow(previewId)
  })
  watch(known, (id) => { if (id !== null && id !== preview.value?.id) void follow(id) }, { immediate: true })
  onScopeDispose(() => {
    ended.abort()
    clearTimeout(timer)
  })
  return { preview, start }
}
