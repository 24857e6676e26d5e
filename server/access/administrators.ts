import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { Operation } from '#shared/access/index'
import { ProjectError } from '../errors.ts'
import { loadCompanyPolicy, loadPolicyInputs, type CompanyPolicy } from './company-policy.ts'
import { compilePolicy } from './compile.ts'
import { decideSystem } from './decide.ts'
import { selectNamed } from './sql.ts'
import { tables } from './tables.ts'

/** A role that gives an operation, and whether it does so beyond its holder's own departments. */
export interface RoleGiving {
  readonly roleKey: string
  /** One of the grants has the scope `all` or names departments. */
  readonly wide: boolean
}

/** The roles that give this operation as they are stored now; to find people, never to decide. */
export async function rolesGiving(db: EntityManager, operation: Operation): Promise<RoleGiving[]> {
  const { grantsByRole } = await loadCompanyPolicy(db)
  return [...grantsByRole].flatMap(([roleKey, grants]) => {
    const giving = grants.filter(({ grant }) => grant.operations.includes(operation))
    if (giving.length === 0) return []
    return [{ roleKey, wide: giving.some(({ grant }) => grant.scope.kind === 'all' || grant.scope.kind === 'departments') }]
  })
}

const Holder = z.object({ staffId: z.string() })

/** Who administers the rules, by a role: a right that ends by itself keeps nobody in office. */
export interface Administration {
  /** Now, and whenever a restriction of the right begins later: what is known today may lock out somebody tomorrow. */
  readonly instants: readonly number[]
  at(instant: number): readonly string[]
}

/** Read before and after a change of rules, in its transaction. `company`: these rules in the place of the stored ones. */
export async function administration(db: EntityManager, now: number, company?: CompanyPolicy): Promise<Administration> {
  const rules = company ?? await loadCompanyPolicy(db)
  const roleKeys = [...rules.grantsByRole].filter(([, grants]) => grants.some(({ grant }) => grant.operations.includes('system.policy.operate'))).map(([roleKey]) => roleKey)
  const holders = roleKeys.length === 0 ? [] : z.array(Holder).parse(await selectNamed(db, `SELECT DISTINCT sr.staff_id AS staffId FROM staff_roles sr
    JOIN ${tables.staff} s ON s.id = sr.staff_id WHERE s.status = 'active' AND sr.role_key IN (:...roleKeys) ORDER BY sr.staff_id`, { roleKeys }))
  const policies = [...await loadPolicyInputs(db, rules, holders.map(({ staffId }) => staffId))].map(([staffId, input]) => ({ staffId, policy: compilePolicy(input) }))
  const beginnings = rules.restrictions.flatMap(({ restriction }) => (restriction?.operations.some((one) => one.startsWith('system.policy.')) === true ? restriction.from ?? [] : []))
  return {
    instants: [now, ...beginnings.filter((from) => from > now)],
    at: (instant) => policies.flatMap(({ staffId, policy }) => {
      const { allowed, because } = decideSystem(policy, 'system.policy.operate', instant)
      return allowed && because.some((grant) => grant.startsWith('role:')) ? [staffId] : []
    }),
  }
}

/** A change that one person makes without a second one's agreement. */
export interface ChangeByOne {
  readonly by: string
  readonly before: Administration
}

/**
 * To be called at the end of every change that can take `system.policy.operate` from somebody (a role taken, a role's grants, a
 * restriction, a published policy), in its transaction and with its `work.db`: what it throws undoes the change.
 * Throws `access.last_administrator` when no active member would hold the operation by a role, and `access.only_administrator` when
 * it leaves whoever made it alone without anybody as the only one: he could then agree with himself, after the waiting period.
 */
export async function assertAdministratorRemains(db: EntityManager, now: number, change?: ChangeByOne): Promise<void> {
  const after = await administration(db, now)
  if (!administratorRemains(after)) throw new ProjectError('access.last_administrator', 409)
  if (change === undefined) return
  const own = await accountsOf(db, change.by)
  const alone = (staffIds: readonly string[]) => staffIds.every((staffId) => own.has(staffId))
  if (after.instants.some((instant) => alone(after.at(instant)) && !alone(change.before.at(instant)))) throw new ProjectError('access.only_administrator', 409)
}

/** Whether somebody administers the rules at all of its instants. */
export const administratorRemains = ({ instants, at }: Administration): boolean => instants.every((instant) => at(instant).length > 0)

/** With his other accounts: they decide nothing for him. */
async function accountsOf(db: EntityManager, staffId: string): Promise<ReadonlySet<string>> {
  const rows = z.array(Holder).parse(await selectNamed(db, `SELECT other.staff_id AS staffId FROM ${tables.staffPersons} own
    JOIN ${tables.staffPersons} other ON other.person_id = own.person_id WHERE own.staff_id = :staffId`, { staffId }))
  return new Set([staffId, ...rows.map((row) => row.staffId)])
}
