import type { Sealer } from '../sealing.ts'
import { openContact } from './contact-data.ts'
import type { Customer } from './customer.entity.ts'

/**
 * The customer's own phone number, as it would stand inside another identifier (an order number made from it, say), so that it
 * can be masked there like the number itself (T07). Never shown.
 */
export function numbersOf(sealer: Sealer, customer: Pick<Customer, 'mobileSealed' | 'emailSealed' | 'addressSealed'>): string[] {
  const digits = openContact(sealer, customer).mobile?.replace(/\D/g, '') ?? ''
  const national = /^86(1\d{10})$/.exec(digits)?.[1] ?? digits
  return national.length >= 7 ? [national] : []
}
