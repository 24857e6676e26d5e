import type { z } from 'zod'
import { isCustomerBound, maskMoneyAndNumbers } from '#shared/access/index'
import type { assignRole } from '#shared/contracts/staff'
import { loadCompanyPolicy, staffRoles, type ActorAccess } from '../access/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { staff } from '../organization/index.ts'
import { findActive, findPerson } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { roleKeyOf, writeRoles, type RolePayload } from './role-kind.ts'
import { digestOf, grantsOfRole, lifts, widens } from './role-widening.ts'
import { whoseSuperiors } from './whose-superiors.ts'

type Assigned = z.output<(typeof assignRole)['body']>

export interface RoleOutcome {
  readonly outcome: 'done' | 'waiting'
  readonly requestId: string | null
}

/** Asked again inside the transaction: the right may have gone since the request began. Throws `access.denied`. */
async function requireOperator({ access }: RightsOptions, work: UnitOfWork, staffId: string): Promise<ActorAccess> {
  const actor = await access.actorFor(staffId, work.db)
  actor.requireSystem('system.policy.operate')
  return actor
}

/**
 * Gives a role, or asks a second person when the holder may gain something by it (S25). A role over the system is decided by the
 * other administrators. Throws `staff.*`, `policy.role_*`, `access.last_administrator`, `access.only_administrator`.
 */
export async function giveRole(options: RightsOptions, work: UnitOfWork, byStaffId: string, userid: string, input: Assigned): Promise<RoleOutcome> {
  const requester = await requireOperator(options, work, byStaffId)
  const { roleKey, replaces } = input
  const person = await findActive(work.db, userid)
  const company = await loadCompanyPolicy(work.db)
  if (!company.grantsByRole.has(roleKey)) throw new ProjectError('policy.role_not_found', 404)
  const before = await rolesOf(work, person.id)
  if (before.includes(roleKey)) throw new ProjectError('policy.role_held', 409)
  if (replaces !== undefined && !before.includes(replaces)) throw new ProjectError('policy.role_not_held', 409)
  const take = replaces ?? null
  const after = [...before.filter((held) => held !== take), roleKey]
  if (!(await widens(work.db, { staffId: person.id, before, after }))) {
    if (!(await writeRoles(options, work, { staffId: person.id, give: roleKey, take, by: byStaffId, alone: byStaffId }))) throw new ProjectError('policy.role_held', 409)
    return { outcome: 'done', requestId: null }
  }
  return askFor(options, work, requester, { staffId: person.id, give: roleKey, take, reason: input.reason })
}

/** True: gone for the next request. False: it would end a restriction that meets him as its holder, so a second person is asked first. */
export async function takeRole(options: RightsOptions, work: UnitOfWork, byStaffId: string, userid: string, roleKey: string): Promise<boolean> {
  const requester = await requireOperator(options, work, byStaffId)
  const person = await findPerson(work.db, userid)
  const before = await rolesOf(work, person.id)
  if (!before.includes(roleKey)) throw new ProjectError('policy.role_not_held', 404)
  const after = before.filter((held) => held !== roleKey)
  if (await lifts(work.db, { staffId: person.id, before, after }, options.access.clock.now())) {
    await askFor(options, work, requester, { staffId: person.id, give: null, take: roleKey, reason: '收回角色会同时解除禁止项' })
    return false
  }
  if (!(await writeRoles(options, work, { staffId: person.id, give: null, take: roleKey, by: byStaffId, alone: byStaffId }))) throw new ProjectError('policy.role_not_held', 404)
  await options.approvals.withdrawUnder(work, `${roleKeyOf(person.id)}${roleKey}`)
  return true
}

/** The day somebody joined; null counts as new. Throws `staff.not_found`. */
export async function setJoined(options: RightsOptions, work: UnitOfWork, byStaffId: string, userid: string, joinedOn: string | null): Promise<void> {
  const { access, audit } = options
  await requireOperator(options, work, byStaffId)
  const person = await findPerson(work.db, userid)
  await work.db.getRepository(staff).update({ id: person.id }, { joinedOn: joinedOn === null ? null : Date.parse(joinedOn), updatedAt: access.clock.now() })
  await access.raiseEpoch(work)
  await audit.record(work.db, { actorKind: 'staff', actorId: byStaffId, action: 'staff.joined-set', operation: 'system.policy.operate', subjectKind: 'staff', subjectId: person.id, outcome: 'done' })
}

const rolesOf = async ({ db }: UnitOfWork, staffId: string): Promise<string[]> => (await db.getRepository(staffRoles).findBy({ staffId })).map((row) => row.roleKey)

type Wanted = Pick<RolePayload, 'staffId' | 'give' | 'take' | 'reason'>

async function askFor({ access, approvals, audit }: RightsOptions, work: UnitOfWork, requester: ActorAccess, wanted: Wanted): Promise<RoleOutcome> {
  const { staffId, give, take } = wanted
  const grants = give === null ? [] : grantsOfRole(await loadCompanyPolicy(work.db), give)
  const company = grants.some(({ operations }) => operations.some((operation) => operation.startsWith('system.')))
  const request = await approvals.ask<RolePayload>(work, {
    kind: 'role-change', requesterStaffId: requester.staffId, beneficiaryStaffIds: [staffId], uniqueKey: `${roleKeyOf(staffId)}${give ?? take ?? ''}`,
    payload: { ...wanted, reason: fit(maskMoneyAndNumbers(wanted.reason), 200), digest: digestOf(grants), company },
    departmentId: await whoseSuperiors(work.db, { requester, beneficiaryStaffIds: [staffId], scopes: grants.filter((grant) => grant.operations.some(isCustomerBound)).map((grant) => grant.scope) }),
  })
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: 'staff', actorId: requester.staffId, action: 'staff.role-requested', operation: 'system.policy.operate', subjectKind: 'staff', subjectId: staffId, outcome: 'done',
    details: { ...(give === null ? {} : { role: give }), ...(take === null ? {} : { replaces: take }) },
  })
  return { outcome: 'waiting', requestId: request.id }
}
