import type { CustomerCard } from '#shared/contracts/customers'
import { routes } from '../api/routes.ts'
import { useLatest, type Latest } from '../api/useLatest.ts'
import { useServices } from '../services.ts'

/** The card of the customer in the open chat; null again the moment the chat or the rules change. */
export function useCustomerCard(externalUserId: () => string): Latest<CustomerCard> {
  const { api } = useServices()
  return useLatest(
    () => ({ externalUserId: externalUserId(), generation: api.epoch.generation.value }),
    (key, signal) => api.call(routes.readCustomer, { params: { externalUserId: key.externalUserId } }, { signal }),
  )
}
