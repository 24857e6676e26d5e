import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { stable, type RoleGrant } from '#shared/access/index'
import { grantsCover, loadCompanyPolicy, nodeGrantsFor, type CompanyPolicy } from '../access/index.ts'

/** A change of one person's roles. */
export interface RoleChange {
  readonly staffId: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/**
 * Whether the person may gain something by it, whatever the customers are: operations, fields, what journey nodes open to holders of
 * a role, or the end of a restriction that meets holders of a role. When in doubt, yes.
 */
export async function widens(db: EntityManager, change: RoleChange): Promise<boolean> {
  const company = await loadCompanyPolicy(db)
  return !grantsCover(heldBy(company, change.staffId, change.before), heldBy(company, change.staffId, change.after)) || liftsRestriction(company, change)
}

/** Taking the role would end a restriction that meets this person only as its holder. */
export async function lifts(db: EntityManager, change: RoleChange): Promise<boolean> {
  return liftsRestriction(await loadCompanyPolicy(db), change)
}

const heldBy = (company: CompanyPolicy, staffId: string, roleKeys: readonly string[]): RoleGrant[] => [
  ...roleKeys.flatMap((roleKey) => grantsOfRole(company, roleKey)), ...nodeGrantsFor(company.nodeGrants, staffId, roleKeys).map(({ grant }) => grant),
]

export const grantsOfRole = (company: CompanyPolicy, roleKey: string): RoleGrant[] => (company.grantsByRole.get(roleKey) ?? []).map(({ grant }) => grant)

function liftsRestriction(company: CompanyPolicy, { staffId, before, after }: RoleChange): boolean {
  return company.restrictions.some(({ restriction, endedAt }) => {
    // One that cannot be read meets everybody, whatever the roles.
    if (restriction === null || endedAt !== undefined) return false
    const { subject } = restriction
    if (subject.except.includes(staffId) || subject.everyone || subject.staffIds.includes(staffId)) return false
    const meets = (roleKeys: readonly string[]) => subject.roles.some((role) => roleKeys.includes(role))
    return meets(before) && !meets(after)
  })
}

/** Names what a role gives; a second person agrees to exactly this. */
export const digestOf = (grants: readonly RoleGrant[]): string => createHash('sha256').update(stable(grants)).digest('hex')
