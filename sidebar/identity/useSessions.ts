import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { listSessions } from '#shared/contracts/identity'
import { asFailure, Superseded, type ApiFailure } from '../api/failure.ts'
import type { Answer } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'

export type Session = Answer<typeof listSessions>['items'][number]

export interface Sessions {
  readonly list: Latest<readonly Session[]>
  /** The one that is being ended. */
  readonly ending: Readonly<Ref<string | null>>
  readonly endFailure: Readonly<ShallowRef<ApiFailure | null>>
  readonly end: (id: string) => Promise<void>
}

/** The caller's own sign-ins, and ending one of them. Ending the present one leads to the sign-in by its next answer. */
export function useSessions(): Sessions {
  const { api } = useServices()
  const list = useLatest(() => ({ generation: api.epoch.generation.value }), async (_, signal): Promise<readonly Session[]> => (
    (await api.call(routes.listSessions, {}, { signal })).items
  ))
  const ending = ref<string | null>(null)
  const endFailure = shallowRef<ApiFailure | null>(null)

  async function end(id: string): Promise<void> {
    ending.value = id
    endFailure.value = null
    try {
      await api.call(routes.revokeSession, { params: { id } })
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) endFailure.value = asFailure(thrown)
    } finally {
      ending.value = null
    }
    await list.reload()
  }

  return { list, ending, endFailure, end }
}
