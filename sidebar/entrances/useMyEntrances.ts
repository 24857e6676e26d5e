import type { listEntrances } from '#shared/contracts/entrances'
import type { Answer } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'

export type Entrance = Answer<typeof listEntrances>['items'][number]

/** The codes of the caller's own stores; a closed code is none. */
export function useMyEntrances(): Latest<readonly Entrance[]> {
  const { api } = useServices()
  return useLatest(() => ({ generation: api.epoch.generation.value }), async (_, signal): Promise<readonly Entrance[]> => {
    const { items } = await api.call(routes.listEntrances, {}, { signal })
    return items.filter((entrance) => entrance.mine && entrance.status !== 'closed')
  })
}
