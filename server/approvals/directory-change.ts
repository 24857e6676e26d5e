import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { roles } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { present } from '../errors.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { departments, reachOf, roleWith, staff, staffDepartments, waitingOf, type DirectoryChange, type Membership, type Staff, type StaffWriter } from '../organization/index.ts'
import { WecomError, type WecomClient, type WecomStaff } from '../wecom/index.ts'
import { ApprovalOutdated, type ApprovalKind } from './approval-kind.ts'
import type { Approvals } from './approvals.ts'

const Payload = z.object({
  staffId: z.string(),
  wishes: z.array(z.object({ kind: z.enum(['department', 'leader', 'role', 'return']), departmentId: z.number().nullable(), roleKey: z.string().nullable() })),
  /** The role that comes along. */
  roleKey: z.string(),
})
type Payload = z.infer<typeof Payload>

const dayMs = 24 * 3_600_000

/**
 * What WeCom's directory would add to a person's rights (S54). Whoever edits the directory there is nobody here: the person
 * himself counts as requester and beneficiary, and his superiors decide.
 */
export const directoryChangeKind: ApprovalKind<Payload> = {
  kind: 'directory-change',
  payload: Payload,
  decideOn: 'card',
  lifetimeMs: 14 * dayMs,
  describe: async (db, { payload }) => {
    const person = await db.getRepository(staff).findOneBy({ id: payload.staffId })
    const ids = payload.wishes.flatMap((wish) => wish.departmentId ?? [])
    const names = new Map((await db.getRepository(departments).findBy({ id: In(ids) })).map((row) => [row.id, row.name]))
    const role = await db.getRepository(roles).findOneBy({ roleKey: payload.roleKey })
    const nameOf = (id: number | null) => (id === null ? '' : names.get(id) ?? String(id))
    return {
      title: `通讯录变更：${person?.name ?? ''}`,
      lines: [
        ...payload.wishes.flatMap((wish) => (wish.kind === 'role' ? [] : [{ label: wishLabels[wish.kind], value: nameOf(wish.departmentId) }])),
        { label: '角色', value: role?.label ?? payload.roleKey },
      ],
    }
  },
  onApproved: async (work, { id, payload, contentHash, decidedBy }) => {
    if ((await waitingOf(work.db, payload.staffId)).digest !== contentHash) throw new ApprovalOutdated()
    // WeCom has to be asked how the person looks now, so an effect does it.
    await addOutbox(work, {
      kind: 'directory.apply-agreed', orderKey: 'directory', uniqueKey: `directory.apply-agreed:${id}`,
      payload: { staffId: payload.staffId, digest: contentHash, roleKey: payload.roleKey, by: present(decidedBy, 'who decided') },
    })
  },
}

const wishLabels = { department: '加入部门', leader: '成为负责人', return: '重新入职' } as const

const keyOf = (staffId: string): string => `directory-change:${staffId}`

/** The hook of `organization`: asks for what waits for this person now, and no longer for anything else. */
export async function askForDirectoryChanges(approvals: Approvals, work: UnitOfWork, person: Staff): Promise<void> {
  const { wishes, digest } = await waitingOf(work.db, person.id)
  if (wishes.length === 0) return approvals.withdrawUnder(work, keyOf(person.id))
  const inForce = await work.db.getRepository(staffDepartments).findBy({ staffId: person.id })
  const roleKey = await roleBrought(work.db, person, inForce, wishes)
  await approvals.ask<Payload>(work, {
    kind: directoryChangeKind.kind, uniqueKey: keyOf(person.id), contentHash: digest, requesterStaffId: person.id, beneficiaryStaffIds: [person.id],
    departmentId: await whoseSuperiors(work.db, person, inForce, wishes, reachOf(roleKey)),
    payload: { staffId: person.id, roleKey, wishes: wishes.map(({ kind, departmentId, roleKey: role }) => ({ kind, departmentId, roleKey: role })) },
  })
}

/** The widest role that agreeing would give. */
async function roleBrought(db: EntityManager, person: Staff, inForce: readonly Membership[], wishes: readonly DirectoryChange[]): Promise<string> {
  const wished = new Map(inForce.map((one) => [one.departmentId, one.isLeader]))
  for (const { kind, departmentId } of wishes) {
    if (departmentId !== null) wished.set(departmentId, kind === 'leader' || wished.get(departmentId) === true)
  }
  const byRule = await roleWith(db, person, [...wished].map(([departmentId, isLeader]) => ({ departmentId, isLeader })))
  return [byRule, ...wishes.flatMap((wish) => wish.roleKey ?? [])].reduce((widest, role) => (reachOf(role) > reachOf(widest) ? role : widest))
}

/**
 * Whose superiors decide: those of the department that is joined, for a role over a whole store or team those of the one above,
 * and for anything wider those of the topmost.
 */
async function whoseSuperiors(db: EntityManager, person: Staff, inForce: readonly Membership[], wishes: readonly DirectoryChange[], reach: number): Promise<number | null> {
  const wished = wishes.flatMap((wish) => wish.departmentId ?? [])
  const own = inForce.length > 0 ? inForce.map((one) => one.departmentId) : person.mainDepartmentId === null ? [] : [person.mainDepartmentId]
  const rows = await db.getRepository(departments).findBy({ id: In(wished.length > 0 ? wished : own) })
  const [first, ...others] = rows.map((row) => row.path.split('/').filter((step) => step !== '').map(Number))
  if (first === undefined) return null
  const shared = first.filter((id, depth) => others.every((path) => path[depth] === id))
  return shared.at(reach <= 1 ? -1 : reach === 2 ? -2 : 0) ?? shared[0] ?? null
}

const Agreed = z.object({ staffId: z.string(), digest: z.string(), roleKey: z.string(), by: z.string() })

export interface DirectoryChangeEffects {
  readonly database: Database
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'getStaff'>
  readonly writer: StaffWriter
}

/** The role that what waits would bring along as things stand: a department may have moved, a position or a rule changed, since somebody was asked. */
async function roleNow(db: EntityManager, staffId: string): Promise<string> {
  const person = await db.getRepository(staff).findOneByOrFail({ id: staffId })
  return roleBrought(db, person, await db.getRepository(staffDepartments).findBy({ staffId }), (await waitingOf(db, staffId)).wishes)
}

/**
 * What was agreed to is applied as WeCom shows the person now; if other wishes came meanwhile, or another role would come along,
 * nothing is and they are asked for.
 */
export function directoryChangeEffects({ database, audit, wecom, writer }: DirectoryChangeEffects): [string, OutboxHandler][] {
  return [['directory.apply-agreed', {
    repeat: 'safe',
    run: async (payload) => {
      const { staffId, digest, roleKey, by } = Agreed.parse(payload)
      const stillMeans = async ({ db }: UnitOfWork, { id }: Staff) => await roleNow(db, id) === roleKey
      const person = await database.db.getRepository(staff).findOneBy({ id: staffId })
      const shown = person === null || person.leftAt !== null ? null : await readPerson(wecom, person)
      if (person === null || shown === null) return
      return async (work) => {
        const agreed = await writer.agree(work, person, shown, { digest, stillMeans, by, entry: { actorKind: 'staff', actorId: by } })
        if (agreed === null) await audit.record(work.db, { actorKind: 'system', action: 'directory.outdated', subjectKind: 'staff', subjectId: staffId, outcome: 'failed' })
      }
    },
  }]]
}

async function readPerson(wecom: Pick<WecomClient, 'getStaff'>, person: Staff): Promise<WecomStaff | null> {
  try {
    return await wecom.getStaff(person.wecomUserid)
  } catch (error) {
    if (error instanceof WecomError && error.kind === 'gone') return null
    throw error
  }
}
