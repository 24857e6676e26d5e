import { deskRoutes } from '../../api/desk/routes.ts'
import { useLatest, type Latest } from '../../api/useLatest.ts'
import { useServices } from '../../services.ts'
import type { PolicyWords } from './rule-words.ts'

/** Names for rules, read once for a screen. */
export function usePolicyWords(): Latest<PolicyWords> {
  const { api } = useServices()
  return useLatest(() => ({}), (_, signal) => api.call(deskRoutes.readPolicyWords, {}, { signal }))
}
