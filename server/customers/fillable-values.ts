import { maskKnown, maskNumbers } from '#shared/access/index'
import type { ActorAccess } from '../access/index.ts'
import type { Sealer } from '../sealing.ts'
import { numbersOf } from './own-numbers.ts'
import type { Found } from './show-cards.ts'
import { unknownName } from './write-customer.ts'

/** A value for a text, or why there is none. */
export type Fillable = { readonly value: string } | { readonly none: 'hidden' | 'masked' | 'unknown' }

/**
 * What a text to this customer may be filled with: what the writer may see of him, and only in clear. A name with a number in it
 * that is masked for this writer (T07) is no name to write.
 */
export function fillableValues(actor: ActorAccess, { customer, facts }: Found, sealer: Sealer): Readonly<Record<'name' | 'memberLevel', Fillable>> {
  const see = actor.fieldsFor(facts)
  const shown = (field: 'name' | 'memberLevel', read: () => Fillable): Fillable => {
    const presentation = see.presentation(field)
    return presentation === 'clear' ? read() : { none: presentation }
  }
  return {
    name: shown('name', () => {
      if (customer.name === '' || customer.name === unknownName) return { none: 'unknown' }
      const isWhole = see.presentation('mobile') === 'clear' || maskNumbers(maskKnown(customer.name, numbersOf(sealer, customer))) === customer.name
      return isWhole ? { value: customer.name } : { none: 'masked' }
    }),
    memberLevel: shown('memberLevel', () => (customer.memberLevel === null || customer.memberLevel === 0 ? { none: 'unknown' } : { value: String(customer.memberLevel) })),
  }
}
