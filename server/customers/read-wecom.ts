import { IsNull, In, type EntityManager } from 'typeorm'
import { staff, staffDepartments } from '../organization/index.ts'
import { WecomError, type WecomClient, type WecomCustomer, type WecomFollow } from '../wecom/index.ts'
import { follows } from './customer.entity.ts'
import type { FollowShown } from './write-customer.ts'

/** What WeCom shows of one customer at one moment; `profile` is null when nobody whom we see follows him. */
export interface CustomerShown {
  readonly profile: WecomCustomer | null
  readonly follows: readonly WecomFollow[]
  /** When the reading began, ms. */
  readonly readAt: number
}

/** Reads one customer. "Nobody follows him" is an answer, every other failure throws. */
export async function readCustomerFromWecom(wecom: Pick<WecomClient, 'getCustomer'>, clock: () => number, externalUserId: string): Promise<CustomerShown> {
  const readAt = clock()
  try {
    const { customer, follows } = await wecom.getCustomer(externalUserId)
    return { profile: customer, follows, readAt }
  } catch (error) {
    if (error instanceof WecomError && error.kind === 'gone') return { profile: null, follows: [], readAt }
    throw error
  }
}

/** Where a follow begins that came through an entrance. Answered by the domain of entrances. */
export type DepartmentOfState = (db: EntityManager, state: string) => Promise<number | null>

/** Whom WeCom shows us at all, and in which department a follow of theirs begins. */
export interface StaffDirectory {
  readonly visible: ReadonlySet<string>
  staffIdOf(userid: string): string | null
  homeOf(staffId: string): number | null
}

/** People by their userid in WeCom or by our id. */
export interface PeopleWanted {
  readonly userids: readonly string[]
  readonly staffIds?: readonly string[]
}

/** Loads these people only: a company has thousands, and every event asks. Whoever has left is not in it. */
export async function loadStaffDirectory(db: EntityManager, { userids, staffIds = [] }: PeopleWanted): Promise<StaffDirectory> {
  const people = userids.length + staffIds.length === 0 ? [] : await db.getRepository(staff).find({
    select: { id: true, userid: true, status: true, mainDepartmentId: true },
    where: [{ userid: In([...userids]), leftAt: IsNull() }, { id: In([...staffIds]), leftAt: IsNull() }],
  })
  const ids = people.map((person) => person.id)
  const memberships = ids.length === 0 ? [] : await db.getRepository(staffDepartments).findBy({ staffId: In(ids) })
  const byUserid = new Map(people.map((person) => [person.userid, person.id]))
  const homes = new Map(people.map((person) => {
    const mine = memberships.filter((one) => one.staffId === person.id).map((one) => one.departmentId).sort((one, other) => one - other)
    const main = person.mainDepartmentId
    // Only a department that is in force here counts: the main one may still wait for an approval (S54).
    return [person.id, main !== null && mine.includes(main) ? main : (mine[0] ?? null)]
  }))
  return {
    visible: new Set(people.filter((person) => person.status === 'active').map((person) => person.id)),
    staffIdOf: (userid) => byUserid.get(userid) ?? null,
    homeOf: (staffId) => homes.get(staffId) ?? null,
  }
}

/** Everybody whom a reading of one customer touches: those whom WeCom shows, and those who follow him here. */
export async function loadPeopleAround(db: EntityManager, customerId: string, shown: readonly WecomFollow[], also: readonly string[] = []): Promise<StaffDirectory> {
  const live = await db.getRepository(follows).find({ select: { staffId: true }, where: { customerId, endedAt: IsNull() } })
  return loadStaffDirectory(db, { userids: [...shown.map((follow) => follow.userid), ...also], staffIds: live.map((follow) => follow.staffId) })
}

/** WeCom's follows in our words. One of a person whom we do not know (yet) is left out: it reaches nobody. */
export async function followsShown(db: EntityManager, shown: readonly WecomFollow[], directory: StaffDirectory, departmentOf: DepartmentOfState): Promise<FollowShown[]> {
  const found: FollowShown[] = []
  for (const follow of shown) {
    const staffId = directory.staffIdOf(follow.userid)
    if (staffId === null) continue
    const fromEntrance = follow.state === null ? null : await departmentOf(db, follow.state)
    found.push({ staffId, addedAt: follow.addedAt, departmentId: fromEntrance ?? directory.homeOf(staffId), follow })
  }
  return found
}
