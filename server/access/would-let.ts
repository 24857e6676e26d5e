import { isCustomerBound, isNeverTemporary, viewOf, type Operation } from '#shared/access/index'
import type { CompanyPolicy } from './company-policy.ts'
import { isFreeze } from './company-policy.ts'
import { compilePolicy } from './compile.ts'
import { allows, prepare } from './decide.ts'
import type { CustomerFacts } from './facts.ts'
import { shareGrant } from './grant-sources.ts'
import type { GrantInput, PolicyInput } from './policy.ts'

/** One change after which the answer would be yes. */
export type Change =
  /** Sharing this customer with him: his role could hold the operation. */
  | { readonly kind: 'share' }
  /** A temporary grant of the operation over this customer. */
  | { readonly kind: 'temporary' }
  | { readonly kind: 'role', readonly roleKey: string }
  /** Lifting these restrictions, all of them. */
  | { readonly kind: 'lift', readonly restrictions: readonly string[] }
  | { readonly kind: 'unfreeze' }

export interface WishedFor {
  readonly operation: Operation
  readonly facts: CustomerFacts
  /** Unix ms, from the access clock. */
  readonly now: number
}

/**
 * What would let a person do this with this customer, each change by itself, the smallest first: one customer for a time, a role,
 * a restriction less. Nothing when he may already, or when no single change suffices. Pure.
 */
export function wouldLet(input: PolicyInput, company: CompanyPolicy, wish: WishedFor): Change[] {
  const may = (changed: PolicyInput) => {
    const policy = compilePolicy(changed)
    return allows(policy, wish.operation, prepare(policy, wish.facts), wish.now)
  }
  if (!input.active || may(input)) return []
  const withGrants = (grants: readonly GrantInput[]): PolicyInput => ({ ...input, grants: [...input.grants, ...grants] })
  return [
    ...(isCustomerBound(wish.operation) ? forOneCustomer(input, wish).filter(({ grants }) => may(withGrants(grants))).map(({ change }) => change) : []),
    ...[...company.grantsByRole].filter(([roleKey, grants]) => !input.roleKeys.includes(roleKey) && may({ ...withGrants(grants), roleKeys: [...input.roleKeys, roleKey] }))
      .map(([roleKey]): Change => ({ kind: 'role', roleKey })),
    ...lifted(input, may),
  ]
}

/** Grants over this one customer, as sharing him or an elevation would give them. */
function forOneCustomer(input: PolicyInput, { operation, facts }: WishedFor): { readonly change: Change, readonly grants: readonly GrantInput[] }[] {
  const operations = [...new Set<Operation>(['customer.profile.view', viewOf(operation), operation])]
  const roleGrants = input.grants.filter(({ source }) => source.kind === 'role')
  const share = shareGrant({ id: 'wished', customerId: facts.customerId, operations, fromAt: Number.NEGATIVE_INFINITY, untilAt: Number.POSITIVE_INFINITY }, roleGrants)
  const temporary: GrantInput = {
    id: 'temporary:wished', source: { kind: 'temporary', grantId: 'wished' },
    grant: { operations, scope: { kind: 'customers', customerIds: [facts.customerId] }, conditions: [], fields: {} },
  }
  return [
    { change: { kind: 'share' }, grants: share },
    ...(isNeverTemporary(operation) ? [] : [{ change: { kind: 'temporary' } as const, grants: [temporary] }]),
  ]
}

/** The restrictions that stand in the way, if without them the grants would do. */
function lifted(input: PolicyInput, may: (changed: PolicyInput) => boolean): Change[] {
  if (!may({ ...input, restrictions: [] })) return []
  const single = input.restrictions.filter((one) => may({ ...input, restrictions: input.restrictions.filter((other) => other !== one) }))
  const needed = single.length > 0 ? single.map((one) => [one]) : [input.restrictions.filter((one) => !may({ ...input, restrictions: [one] }))]
  return needed.filter((some) => some.length > 0).map((some): Change => (some.every((one) => isFreeze(one.id)) ? { kind: 'unfreeze' } : { kind: 'lift', restrictions: some.map((one) => one.id) }))
}
