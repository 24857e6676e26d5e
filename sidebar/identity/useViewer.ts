import type { readMe } from '#shared/contracts/identity'
import type { Answer } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'
import { setCompanyZone } from '../ui/company-zone.ts'

/** Who is signed in, with the operations that might ever be allowed (for menus only). */
export type Viewer = Answer<typeof readMe>

/** Read anew whenever the rules change. */
export function useViewer(): Latest<Viewer> {
  const { api } = useServices()
  return useLatest(() => ({ generation: api.epoch.generation.value }), async (_, signal) => {
    const viewer = await api.call(routes.readMe, {}, { signal })
    setCompanyZone(viewer.zone)
    return viewer
  })
}
