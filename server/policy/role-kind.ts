import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { administration, assertAdministratorRemains, loadCompanyPolicy, roles, staffRoles } from '../access/index.ts'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type Described } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { isActive, namesOf } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { digestOf, grantsOfRole } from './role-widening.ts'

export const RolePayload = z.object({
  staffId: z.string(),
  give: z.string().nullable(),
  take: z.string().nullable(),
  /** What the role gave when it was asked for. */
  digest: z.string(),
  /** The role gives something over the system: the other administrators decide. */
  company: z.boolean(),
  reason: z.string(),
})
export type RolePayload = z.infer<typeof RolePayload>

/** Under keys that begin so, changes of this person's roles wait. */
export const roleKeyOf = (staffId: string): string => `role-change:${staffId}:`

/** Somebody's roles are to give him more than he has (S25). */
export function roleKind(options: RightsOptions): ApprovalKind<RolePayload> {
  return {
    kind: 'role-change',
    payload: RolePayload,
    decideOn: 'card',
    waitsWhenAlone: true,
    reach: ({ company }) => (company ? 'company' : 'line'),
    describe,
    onApproved: (work, request) => changeNow(options, work, request),
  }
}

async function describe(db: EntityManager, { payload }: ApprovalRequest<RolePayload>): Promise<Described> {
  const { staffId, give, take, reason } = payload
  const name = (await namesOf(db, [staffId]))(staffId)?.name ?? ''
  const labelOf = async (roleKey: string) => (await db.getRepository(roles).findOneBy({ roleKey }))?.label ?? roleKey
  return {
    title: `角色变更：${name}`,
    lines: [
      { label: '成员', value: name },
      ...(give === null ? [] : [{ label: '授予', value: await labelOf(give) }]),
      ...(take === null ? [] : [{ label: '收回', value: await labelOf(take) }]),
      { label: '原因', value: reason },
    ],
  }
}

/** Throws ApprovalOutdated when the person, the role or what it gives is no longer what was agreed to. */
async function changeNow(options: RightsOptions, work: UnitOfWork, { payload, decidedBy, requesterStaffId }: ApprovalRequest<RolePayload>): Promise<void> {
  const { staffId, give, take } = payload
  if (!(await isActive(work.db, staffId))) throw new ApprovalOutdated()
  if (give !== null) {
    const company = await loadCompanyPolicy(work.db)
    if (!company.grantsByRole.has(give) || digestOf(grantsOfRole(company, give)) !== payload.digest) throw new ApprovalOutdated()
  }
  try {
    // By the clock nobody agreed: the requester does it alone.
    if (!(await writeRoles(options, work, { staffId, give, take, by: decidedBy, alone: decidedBy === null ? requesterStaffId : null }))) throw new ApprovalOutdated()
  } catch (error) {
    // The clock would try for ever what must not be; a person is told why.
    if (decidedBy === null && error instanceof ProjectError) throw new ApprovalOutdated()
    throw error
  }
}

export interface RoleWrite {
  readonly staffId: string
  readonly give: string | null
  readonly take: string | null
  /** Null for the clock. */
  readonly by: string | null
  /** Who does it without a second person's agreement; null when somebody agreed. */
  readonly alone: string | null
}

/** Both in force for the next request. False, and nothing written, when he has the one or lacks the other. Throws `access.last_administrator`, `access.only_administrator`. */
export async function writeRoles({ access, audit }: RightsOptions, work: UnitOfWork, { staffId, give, take, by, alone }: RoleWrite): Promise<boolean> {
  const now = access.clock.now()
  const table = work.db.getRepository(staffRoles)
  const before = take === null || alone === null ? null : await administration(work.db, now)
  if (give !== null && await table.existsBy({ staffId, roleKey: give })) return false
  if (take !== null && (await table.delete({ staffId, roleKey: take })).affected !== 1) return false
  try {
    if (give !== null) await table.insert({ staffId, roleKey: give, source: 'administrator', since: now })
  } catch (error) {
    if (isUniqueViolation(error)) throw new ApprovalOutdated()
    throw error
  }
  if (take !== null) await assertAdministratorRemains(work.db, now, alone === null || before === null ? undefined : { by: alone, before })
  await access.raiseEpoch(work)
  const entry = { actorKind: by === null ? 'system' : 'staff', actorId: by, operation: 'system.policy.operate', subjectKind: 'staff', subjectId: staffId, outcome: 'done' } as const
  if (give !== null) await audit.record(work.db, { ...entry, action: 'staff.role-given', details: { role: give } })
  if (take !== null) await audit.record(work.db, { ...entry, action: 'staff.role-taken', details: { role: take } })
  return true
}
