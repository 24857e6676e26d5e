import type { Sealer } from '../sealing.ts'
import type { Customer } from './customer.entity.ts'
import { normalisePhone } from './phone.ts'

export interface ContactData {
  readonly mobile: string | null
  readonly email: string | null
  readonly address: string | null
}

const mobileContext = 'customer.mobile'
const emailContext = 'customer.email'
const addressContext = 'customer.address'

/** The contact fields of a row in clear. Only the presenter asks, and only for a viewer who may. */
export function openContact(sealer: Sealer, customer: Pick<Customer, 'mobileSealed' | 'emailSealed' | 'addressSealed'>): ContactData {
  return {
    mobile: customer.mobileSealed === null ? null : sealer.open(customer.mobileSealed, mobileContext),
    email: customer.emailSealed === null ? null : sealer.open(customer.emailSealed, emailContext),
    address: customer.addressSealed === null ? null : sealer.open(customer.addressSealed, addressContext),
  }
}

/** The columns for changed contact fields; a phone number is kept as E.164 with its blind index. Throws nothing: check with `normalisePhone` first. */
export function sealContact(sealer: Sealer, change: Partial<ContactData>): Partial<Pick<Customer, 'mobileSealed' | 'mobileIndex' | 'emailSealed' | 'addressSealed'>> {
  const seal = (value: string | null, context: string) => (value === null ? null : sealer.seal(value, context))
  const mobile = change.mobile === undefined || change.mobile === null ? change.mobile : (normalisePhone(change.mobile) ?? change.mobile)
  return {
    ...(mobile === undefined ? {} : { mobileSealed: seal(mobile, mobileContext), mobileIndex: mobile === null ? null : sealer.blindIndex(mobile, mobileContext) }),
    ...(change.email === undefined ? {} : { emailSealed: seal(change.email, emailContext) }),
    ...(change.address === undefined ? {} : { addressSealed: seal(change.address, addressContext) }),
  }
}

/** The blind indexes under which a full phone number may be stored; empty when it is no phone number. */
export function mobileIndexes(sealer: Sealer, phone: string): string[] {
  const normal = normalisePhone(phone)
  return normal === null ? [] : sealer.blindIndexes(normal, mobileContext)
}
