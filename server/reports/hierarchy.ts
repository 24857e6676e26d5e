import { IsNull, type EntityManager } from 'typeorm'
import type { Operation } from '#shared/access/index'
import type { ActorAccess } from '../access/index.ts'
import { departments, staff, staffDepartments, type Department, type Staff } from '../organization/index.ts'
import { GroupTree } from './group-tree.ts'

/** The company as one person's reports show it. */
export interface Hierarchy {
  readonly departments: ReadonlyMap<number, Department>
  readonly people: ReadonlyMap<string, Staff>
  /** The tree for reports that go down to people, and for those that do not. */
  treeFor(withPeople: boolean): GroupTree
}

/** Whether this person may see figures of the department: as of any report, whoever made it. */
export function mayReport(actor: ActorAccess, operation: Operation, departmentId: number | null): boolean {
  return actor.decideResource(operation, { departmentId, creatorStaffId: null }).allowed
}

/** Reads tree and members. Departments outside the person's scope are not in it. */
export async function loadHierarchy(db: EntityManager, actor: ActorAccess): Promise<Hierarchy> {
  const all = await db.find(departments)
  const living = all.filter((department) => department.deletedAt === null)
  const offered = new Set(living.map((department) => department.id).filter((id) => mayReport(actor, 'marketing.reports.view', id)))
  const memberships = await db.find(staffDepartments)
  const people = new Map((await db.findBy(staff, { leftAt: IsNull() })).map((person) => [person.id, person]))
  const members = new Map<number, string[]>()
  for (const { departmentId, staffId } of memberships) {
    if (people.has(staffId)) members.set(departmentId, [...members.get(departmentId) ?? [], staffId])
  }
  const everywhere = mayReport(actor, 'marketing.reports.view', null)
  return {
    departments: new Map(living.map((department) => [department.id, department])),
    people,
    treeFor: (withPeople) => new GroupTree({ departments: all, offered, members: withPeople ? members : null, everywhere }),
  }
}
