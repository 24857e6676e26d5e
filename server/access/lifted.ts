import { policyInputOf, type CompanyPolicy, type PersonFacts } from './company-policy.ts'

/** A change of one person's roles. */
export interface RoleChange {
  readonly staffId: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Whether a restriction that meets this person only as the holder of a role would meet him no longer. */
export function liftsRestriction(company: CompanyPolicy, { staffId, before, after }: RoleChange): boolean {
  return company.restrictions.some(({ restriction, endedAt }) => {
    // One that cannot be read meets everybody, whatever the roles.
    if (restriction === null || endedAt !== undefined) return false
    const { subject } = restriction
    if (subject.except.includes(staffId) || subject.everyone || subject.staffIds.includes(staffId)) return false
    const meets = (roleKeys: readonly string[]) => subject.roles.some((role) => roleKeys.includes(role))
    return meets(before) && !meets(after)
  })
}

/** Whether anything would be left, now or later, to somebody with these roles: by a role, for a time, by a node or a share. */
export function wouldHoldAnything(company: CompanyPolicy, person: PersonFacts, roleKeys: readonly string[], now: number): boolean {
  return policyInputOf(company, { ...person, roleKeys }).grants.some(({ until }) => until === undefined || until > now)
}
