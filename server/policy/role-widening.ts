import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { stable, type RoleGrant } from '#shared/access/index'
import { grantsCover, liftsRestriction, loadCompanyPolicy, loadPeople, nodeGrantsFor, wouldHoldAnything, type CompanyPolicy, type RoleChange } from '../access/index.ts'

/**
 * Whether the person may gain something by it, whatever the customers are: operations, fields, what journey nodes open to holders of
 * a role, or the end of a restriction that meets holders of a role. When in doubt, yes.
 */
export async function widens(db: EntityManager, change: RoleChange): Promise<boolean> {
  const company = await loadCompanyPolicy(db)
  return !grantsCover(heldBy(company, change.staffId, change.before), heldBy(company, change.staffId, change.after)) || liftsRestriction(company, change)
}

/**
 * Whether taking the role gives something: it ends a restriction that meets this person only as its holder, and something is left to
 * him that the restriction may have taken. Without his last role that is what he holds for a time or by name.
 */
export async function lifts(db: EntityManager, change: RoleChange, now: number): Promise<boolean> {
  const company = await loadCompanyPolicy(db)
  if (!liftsRestriction(company, change)) return false
  const [person] = await loadPeople(db, [change.staffId])
  return person === undefined || wouldHoldAnything(company, person, change.after, now)
}

const heldBy = (company: CompanyPolicy, staffId: string, roleKeys: readonly string[]): RoleGrant[] => [
  ...roleKeys.flatMap((roleKey) => grantsOfRole(company, roleKey)), ...nodeGrantsFor(company.nodeGrants, staffId, roleKeys).map(({ grant }) => grant),
]

export const grantsOfRole = (company: CompanyPolicy, roleKey: string): RoleGrant[] => (company.grantsByRole.get(roleKey) ?? []).map(({ grant }) => grant)

/** Names what a role gives; a second person agrees to exactly this. */
export const digestOf = (grants: readonly RoleGrant[]): string => createHash('sha256').update(stable(grants)).digest('hex')
