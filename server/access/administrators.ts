import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { Operation } from '#shared/access/index'
import { ProjectError } from '../errors.ts'
import { loadCompanyPolicy, loadPolicyInput, type CompanyPolicy } from './company-policy.ts'
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

/**
 * To be called at the end of every change that can take `system.policy.operate` from somebody (a role taken, a role's grants, a
 * restriction, a published policy), in its transaction and with its `work.db`: what it throws undoes the change.
 * Throws `access.last_administrator` when no active member would hold the operation by a role.
 */
export async function assertAdministratorRemains(db: EntityManager, now: number): Promise<void> {
  if (!(await administratorRemains(db, await loadCompanyPolicy(db), now))) throw new ProjectError('access.last_administrator', 409)
}

/** Whether an active member would hold `system.policy.operate` by a role under these rules of the company, stored or not. */
export async function administratorRemains(db: EntityManager, company: CompanyPolicy, now: number): Promise<boolean> {
  const roleKeys = [...company.grantsByRole].filter(([, grants]) => grants.some(({ grant }) => grant.operations.includes('system.policy.operate'))).map(([roleKey]) => roleKey)
  if (roleKeys.length === 0) return false
  const holders = z.array(Holder).parse(await selectNamed(db, `SELECT DISTINCT sr.staff_id AS staffId FROM staff_roles sr
    JOIN ${tables.staff} s ON s.id = sr.staff_id WHERE s.status = 'active' AND sr.role_key IN (:...roleKeys) ORDER BY sr.staff_id`, { roleKeys }))
  for (const { staffId } of holders) {
    const decision = decideSystem(compilePolicy(await loadPolicyInput(db, company, staffId)), 'system.policy.operate', now)
    // A right that ends by itself keeps nobody in office.
    if (decision.allowed && decision.because.some((grant) => grant.startsWith('role:'))) return true
  }
  return false
}
