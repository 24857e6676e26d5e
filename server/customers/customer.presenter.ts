import { maskAddress, maskEmail, maskKnown, maskNumbers, maskPhone, moneyMask, type CustomerField } from '#shared/access/index'
import { Stage, type CustomerValues, type Source } from '#shared/contracts/customers'
import type { FieldSet } from '../access/index.ts'
import type { Sealer } from '../sealing.ts'
import { openContact } from './contact-data.ts'
import type { CardContext } from './customer-context.ts'
import type { Customer } from './customer.entity.ts'
import { numbersOf } from './own-numbers.ts'

export interface Presented {
  readonly values: CustomerValues
  readonly fields: Record<string, 'clear' | 'masked'>
}

type Writer = (masked: boolean) => CustomerValues

/**
 * Writes the permitted fields by hand, masked where the rule says so; a hidden field never gets as far as being read.
 * Numbers inside names, remarks, tags and whatever else people write are masked unless contact data are clear for this viewer (T07).
 */
export function presentCustomer(customer: Customer, see: FieldSet, context: CardContext, sealer: Sealer): Presented {
  const clearNumbers = see.presentation('mobile') === 'clear'
  const own = clearNumbers ? [] : numbersOf(sealer, customer)
  const words = (text: string) => (clearNumbers ? text : maskNumbers(maskKnown(text, own)))
  const contact = () => openContact(sealer, customer)
  const masked = <T>(value: T | null, mask: (value: T) => T, wanted: boolean): T | null => (value === null || !wanted ? value : mask(value))

  const writers: Record<CustomerField, Writer> = {
    name: () => ({ name: words(customer.name) }),
    avatar: () => ({ avatar: customer.avatar }),
    gender: () => ({ gender: customer.gender }),
    corpName: () => ({ corpName: nullable(customer.corpName, words) }),
    source: () => ({ source: sourceOf(customer.addWay) }),
    addedAt: () => ({ addedAt: context.addedAtOf(customer) }),
    birthday: () => ({ birthday: customer.birthday }),
    preferences: () => ({ preferences: customer.preferences.map(words) }),
    remark: () => ({ remark: nullable(context.remarkOf(customer), words) }),
    mobile: (hide) => ({ mobile: masked(contact().mobile, maskPhone, hide) }),
    email: (hide) => ({ email: masked(contact().email, maskEmail, hide) }),
    address: (hide) => ({ address: masked(contact().address, maskAddress, hide) }),
    spendTotalFen: (hide) => ({ spendTotalFen: hide ? moneyMask : context.totalsOf(customer).totalFen }),
    orderCount: () => ({ orderCount: context.totalsOf(customer).count }),
    lastOrderAt: () => ({ lastOrderAt: context.totalsOf(customer).lastAt }),
    valueTier: () => ({ valueTier: customer.valueTier }),
    contractState: () => ({ contractState: nullable(customer.contractState, words) }),
    priceList: () => ({ priceList: nullable(customer.priceList, words) }),
    // The mask stands whether or not there is an amount: its absence would say that there is none.
    contractAmountFen: (hide) => ({ contractAmountFen: hide ? moneyMask : customer.contractAmountFen }),
    tags: () => ({ tags: context.tagsOf(customer).map((tag) => ({ ...tag, name: words(tag.name), groupName: words(tag.groupName) })) }),
    stage: () => ({ stage: Stage.parse(customer.stage) }),
    memberLevel: () => ({ memberLevel: customer.memberLevel }),
    owner: () => ({ owner: context.ownerOf(customer) }),
    pool: () => ({ pool: context.poolOf(customer) }),
    followers: () => ({ followers: context.followersOf(customer) }),
  }

  const fields: Record<string, 'clear' | 'masked'> = {}
  const parts = see.visible().flatMap((name): CustomerValues[] => {
    const presentation = see.presentation(name)
    // Fields without a mask of their own are not shown at all when the rule asks for masking.
    if (presentation === 'hidden' || (presentation === 'masked' && !hasMask.has(name))) return []
    fields[name] = presentation
    return [writers[name](presentation === 'masked')]
  })
  return { values: Object.assign({}, ...parts), fields }
}

const hasMask: ReadonlySet<CustomerField> = new Set<CustomerField>(['mobile', 'email', 'address', 'spendTotalFen', 'contractAmountFen'])

function nullable(value: string | null, words: (text: string) => string): string | null {
  return value === null ? null : words(value)
}

const sourceByAddWay: Readonly<Record<number, Source>> = {
  1: 'scan', 2: 'search', 3: 'card', 4: 'group', 5: 'search', 6: 'search', 9: 'search', 13: 'card', 16: 'link', 201: 'card', 202: 'assigned',
}

function sourceOf(addWay: number | null): Source | null {
  if (addWay === null || addWay === 0) return null
  return sourceByAddWay[addWay] ?? 'other'
}
