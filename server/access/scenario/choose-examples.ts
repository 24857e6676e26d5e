import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { isOperation, RoleGrant, type Operation } from '#shared/access/index'
import { staffRoles } from '../access.entity.ts'
import { loadFacts, type CustomerFacts } from '../facts.ts'
import { campaignMembers, campaigns, shares, temporaryGrants, type Campaign } from '../grant-sources.entity.ts'
import { selectNamed } from '../sql.ts'
import { liveFollow, tables } from '../tables.ts'
import type { DepartmentNode } from '../tree.ts'
import type { ScenarioPolicy } from './company.ts'
import { namedBy, type NamedIds } from './running-policy.ts'

export interface ExampleStaff {
  readonly id: string
  readonly status: string
  readonly roleKeys: readonly string[]
  readonly departmentIds: readonly number[]
}

/** A few people and customers of the running company with what decides about them: ids, never a name or a number of theirs. */
export interface Examples {
  readonly staff: readonly ExampleStaff[]
  /** Those about whom questions are asked: one of each role. */
  readonly asked: readonly string[]
  readonly customers: readonly CustomerFacts[]
  readonly departments: readonly (DepartmentNode & { readonly kind: string })[]
  /** Tag → group; null for a group that is not known. */
  readonly tags: ReadonlyMap<string, string | null>
  readonly campaigns: readonly (Pick<Campaign, 'id' | 'campaignKey' | 'fromAt' | 'untilAt' | 'endedAt'> & { readonly members: readonly string[] })[]
  readonly temporaryGrants: readonly { readonly id: string, readonly staffId: string | null, readonly campaignId: string | null, readonly grant: RoleGrant, readonly fromAt: number, readonly untilAt: number }[]
  readonly shares: readonly { readonly id: string, readonly customerId: string, readonly staffId: string, readonly operations: readonly Operation[], readonly fromAt: number, readonly untilAt: number }[]
  readonly named: NamedIds
}

const mostCustomers = 24
const mostFollows = 10
const perCondition = 5

const Ids = z.array(z.object({ id: z.string() }))

/** Bounded queries, whatever the size of the company. */
export async function chooseExamples(db: EntityManager, policy: ScenarioPolicy, now: number): Promise<Examples> {
  const asked = await chooseStaff(db, policy, now)
  const timed = await loadTimed(db, asked, now)
  const named = namedBy(policy, timed.temporaryGrants.map((one) => one.grant))
  const found = await loadFacts(db, [...named.customers, ...await chooseCustomers(db, asked, named)])
  const customers = [...found.values()].filter((one) => one.follows.length <= mostFollows).slice(0, Math.max(mostCustomers, named.customers.size))
  const chosen = new Set(customers.map((one) => one.customerId))
  const around = customers.flatMap((one) => [...(one.ownerStaffId === null ? [] : [one.ownerStaffId]), ...one.follows.map((follow) => follow.staffId)])
  return {
    ...timed, named, asked, customers,
    shares: timed.shares.filter((share) => chosen.has(share.customerId)),
    staff: await loadStaff(db, [...new Set([...asked, ...around, ...named.staff])]),
    departments: await loadDepartments(db),
    tags: await loadTags(db, [...named.tags, ...customers.flatMap((one) => [...one.tagIds])]),
  }
}

async function ids(db: EntityManager, sql: string, parameters: Readonly<Record<string, unknown>>): Promise<string[]> {
  return Ids.parse(await selectNamed(db, sql, parameters)).map((row) => row.id)
}

const fewHolders = 3

/** One active holder of each role, with customers of his own where there is one; a few who hold something with an end; one who may do nothing. */
async function chooseStaff(db: EntityManager, policy: ScenarioPolicy, now: number): Promise<string[]> {
  const chosen = [
    ...await ids(db, `SELECT s.id AS id FROM ${tables.staff} s WHERE s.status <> 'active' ORDER BY s.id LIMIT 1`, {}),
    ...await ids(db, `SELECT DISTINCT staff_id AS id FROM temporary_grants WHERE staff_id IS NOT NULL AND state = 'granted' AND until_at > :now ORDER BY staff_id LIMIT ${fewHolders}`, { now }),
    ...await ids(db, `SELECT DISTINCT m.staff_id AS id FROM campaign_members m JOIN campaigns c ON c.id = m.campaign_id WHERE c.until_at > :now ORDER BY m.staff_id LIMIT ${fewHolders}`, { now }),
    ...await ids(db, `SELECT DISTINCT staff_id AS id FROM shares WHERE ended_at IS NULL AND until_at > :now ORDER BY staff_id LIMIT ${fewHolders}`, { now }),
    ...policy.nodeGrants.flatMap((one) => one.subject.staffIds).slice(0, fewHolders),
  ]
  for (const { roleKey } of policy.roles) {
    chosen.push(...await ids(db, `SELECT s.id AS id FROM staff_roles held JOIN ${tables.staff} s ON s.id = held.staff_id
      WHERE held.role_key = :roleKey AND s.status = 'active'
      ORDER BY CASE WHEN EXISTS (SELECT 1 FROM ${tables.customers} WHERE ${tables.customers}.owner_staff_id = s.id) THEN 0 ELSE 1 END, s.id LIMIT 1`, { roleKey }))
  }
  return [...new Set(chosen)].sort()
}

/** Customers in each way in which somebody can be reached, and those about whom the rules' conditions speak. */
async function chooseCustomers(db: EntityManager, asked: readonly string[], named: NamedIds): Promise<string[]> {
  const { customers, follows } = tables
  const chosen: string[] = []
  const add = async (sql: string, parameters: Readonly<Record<string, unknown>>) => void chosen.push(...await ids(db, `${sql} LIMIT 1`, parameters))
  const first = <T>(items: Iterable<T>): T[] => [...items].slice(0, perCondition)
  for (const tagId of first(named.tags)) await add(`SELECT customer_id AS id FROM ${tables.customerTags} WHERE tag_id = :tagId`, { tagId })
  for (const groupId of first(named.tagGroups)) await add(`SELECT ct.customer_id AS id FROM ${tables.customerTags} ct JOIN ${tables.tags} t ON t.id = ct.tag_id WHERE t.group_id = :groupId`, { groupId })
  for (const node of first(named.nodes)) await add(`SELECT customer_id AS id FROM ${tables.nodeFacts} WHERE node_key = :node`, { node })
  for (const task of first(named.tasks)) await add(`SELECT customer_id AS id FROM ${tables.taskFacts} WHERE task_type = :task`, { task })
  await add(`SELECT c.id AS id FROM ${customers} c WHERE c.owner_staff_id IS NULL AND c.pool_department_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM ${follows} f WHERE f.customer_id = c.id AND ${liveFollow})`, {})
  const people = await loadStaff(db, asked)
  for (const { id, departmentIds } of people) {
    await add(`SELECT id FROM ${customers} WHERE owner_staff_id = :id ORDER BY id`, { id })
    await add(`SELECT f.customer_id AS id FROM ${follows} f JOIN ${customers} c ON c.id = f.customer_id WHERE f.staff_id = :id AND ${liveFollow} AND (c.owner_staff_id IS NULL OR c.owner_staff_id <> :id)`, { id })
    for (const department of first(departmentIds)) {
      await add(`SELECT id FROM ${customers} WHERE owner_department_id = :department AND owner_staff_id <> :id ORDER BY id`, { department, id })
      await add(`SELECT id FROM ${customers} WHERE pool_department_id = :department ORDER BY id`, { department })
    }
  }
  return [...new Set(chosen)].slice(0, mostCustomers)
}

const StaffRow = z.object({ id: z.string(), status: z.string() })
const MemberRow = z.object({ id: z.string(), department: z.coerce.number() })

/** Somebody whom a rule names and nobody knows is kept as one who left. */
async function loadStaff(db: EntityManager, staffIds: readonly string[]): Promise<ExampleStaff[]> {
  if (staffIds.length === 0) return []
  const rows = new Map(z.array(StaffRow).parse(await selectNamed(db, `SELECT id, status FROM ${tables.staff} WHERE id IN (:...staffIds)`, { staffIds })).map((row) => [row.id, row.status]))
  const members = z.array(MemberRow).parse(await selectNamed(db, `SELECT staff_id AS id, department_id AS department FROM ${tables.staffDepartments} WHERE staff_id IN (:...staffIds) ORDER BY department_id`, { staffIds }))
  const held = await db.getRepository(staffRoles).find({ where: { staffId: In([...staffIds]) }, order: { roleKey: 'ASC' } })
  return [...staffIds].sort().map((id) => ({
    id, status: rows.get(id) ?? 'left',
    roleKeys: held.filter((row) => row.staffId === id).map((row) => row.roleKey),
    departmentIds: members.filter((row) => row.id === id).map((row) => row.department),
  }))
}

const DepartmentRow = z.object({ id: z.coerce.number(), path: z.string(), kind: z.string(), deleted: z.unknown() })

async function loadDepartments(db: EntityManager): Promise<Examples['departments']> {
  const rows = z.array(DepartmentRow).parse(await selectNamed(db, `SELECT id, path, kind, deleted_at AS deleted FROM ${tables.departments} ORDER BY id`, {}))
  return rows.map((row) => ({ ...row, deleted: row.deleted !== null }))
}

async function loadTags(db: EntityManager, tagIds: readonly string[]): Promise<Map<string, string | null>> {
  const wanted = [...new Set(tagIds)].sort()
  if (wanted.length === 0) return new Map()
  const rows = z.array(z.object({ id: z.string(), tagGroup: z.string() })).parse(await selectNamed(db, `SELECT id, group_id AS tagGroup FROM ${tables.tags} WHERE id IN (:...wanted)`, { wanted }))
  const known = new Map(rows.map((row) => [row.id, row.tagGroup]))
  return new Map(wanted.map((id) => [id, known.get(id) ?? null]))
}

/** What these people hold with an end, as far as it is not over. */
async function loadTimed(db: EntityManager, staffIds: readonly string[], now: number): Promise<Pick<Examples, 'campaigns' | 'temporaryGrants' | 'shares'>> {
  const people = [...staffIds]
  const memberships = await db.getRepository(campaignMembers).findBy({ staffId: In(people) })
  const campaignIds = [...new Set(memberships.map((row) => row.campaignId))]
  const joined = await db.getRepository(campaigns).find({ where: { id: In(campaignIds) }, order: { campaignKey: 'ASC' } })
  const granted = await db.getRepository(temporaryGrants).find({ where: [{ state: 'granted', staffId: In(people) }, { state: 'granted', campaignId: In(campaignIds) }], order: { id: 'ASC' } })
  const shown = await db.getRepository(shares).find({ where: { staffId: In(people) }, order: { id: 'ASC' } })
  return {
    campaigns: joined.map((row) => ({ ...row, members: memberships.filter((one) => one.campaignId === row.id).map((one) => one.staffId).sort() })),
    temporaryGrants: granted.filter((row) => row.untilAt > now).flatMap((row) => {
      const grant = RoleGrant.safeParse(row.definition)
      return grant.success ? [{ ...row, grant: grant.data }] : []
    }),
    shares: shown.filter((row) => row.untilAt > now && row.endedAt === null).flatMap((row) => {
      const named = z.array(z.string()).safeParse(row.operations)
      return named.success ? [{ ...row, operations: named.data.filter(isOperation) }] : []
    }),
  }
}
