import { deepStrictEqual } from 'node:assert'
import type { Operation, Restriction, RoleGrant } from '#shared/access/index'
import { createAccess, ensureRoleTemplates, loadFacts, selectNamed, systemFilter, type Access, type ActionContext, type ActorAccess, type CustomerFacts, type RowFilter } from '../../../server/access/index.ts'
import { roleTemplates } from '../../../server/access/role-templates.ts'
import { testDatabase, type TestDatabase, type TestDatabaseKind } from '../../support/databases.ts'
import type { World, WorldCampaign, WorldCustomer, WorldNodeGrant, WorldShare, WorldStaff, WorldTemporaryGrant } from './world.ts'
import { replaceWorld } from './write-world.ts'

/**
 * A named company for stories: two regions with two stores each and a headquarters.
 * `/1/` company · `/1/2/` east with stores 21, 22 · `/1/3/` west with store 31 · `/1/9/` headquarters
 */
export const places = { company: 1, east: 2, nanjingRoad: 21, xujiahui: 22, west: 3, chengdu: 31, headquarters: 9 } as const
const nodes = [
  [1, '/1/'], [2, '/1/2/'], [21, '/1/2/21/'], [22, '/1/2/22/'], [3, '/1/3/'], [31, '/1/3/31/'], [9, '/1/9/'],
] as const

export interface Story {
  readonly staff: Readonly<Record<string, { readonly roles: readonly string[], readonly in?: readonly number[], readonly status?: WorldStaff['status'] }>>
  readonly customers: Readonly<Record<string, Partial<Omit<WorldCustomer, 'id'>>>>
  readonly restrictions?: readonly Restriction[]
  /** By id; in force from 0 to `storyEnd` unless it says otherwise. */
  readonly campaigns?: Readonly<Record<string, Partial<Omit<WorldCampaign, 'id'>>>>
  readonly temporary?: Readonly<Record<string, Partial<Omit<WorldTemporaryGrant, 'id'>> & { readonly grant: RoleGrant }>>
  readonly nodeGrants?: Readonly<Record<string, Partial<Omit<WorldNodeGrant, 'id' | 'subject'>> & { readonly nodeKey: string, readonly grant: RoleGrant, readonly roles?: readonly string[], readonly staffIds?: readonly string[] }>>
  readonly shares?: Readonly<Record<string, Partial<Omit<WorldShare, 'id'>> & { readonly customerId: string, readonly staffId: string, readonly operations: readonly Operation[] }>>
  /** Beside the product's templates, or instead of one. */
  readonly roles?: Readonly<Record<string, readonly RoleGrant[]>>
  readonly tagGroups?: Readonly<Record<string, string>>
  /** Beside `places`: id and path. */
  readonly departments?: readonly (readonly [number, string])[]
}

const plain: Omit<WorldCustomer, 'id'> = {
  ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: null, stage: 'lead', valueTier: null,
  follows: [], tagIds: [], openTasks: [], nodes: [], orders: [], visits: [],
}

export const storyStart = 1_000_000
export const storyEnd = 2_000_000

const inForce = { fromAt: 0, untilAt: storyEnd, endedAt: null }
const each = <T, U>(named: Readonly<Record<string, T>> | undefined, make: (one: T, id: string) => U): U[] => Object.entries(named ?? {}).map(([id, one]) => make(one, id))

/** A grant in few words; `all` customers unless it says otherwise. */
export const grantOf = (operations: readonly Operation[], more: Partial<RoleGrant> = {}): RoleGrant => ({ operations: [...operations], scope: { kind: 'all' }, conditions: [], fields: {}, ...more })

export function storyWorld(story: Story): World {
  return {
    now: storyStart,
    departments: [...nodes, ...story.departments ?? []].map(([id, path]) => ({ id, path, deleted: false })),
    roles: { ...Object.fromEntries(roleTemplates.map((template) => [template.roleKey, template.grants])), ...story.roles },
    staff: Object.entries(story.staff).map(([id, one]) => ({ id, status: one.status ?? 'active', departmentIds: one.in ?? [], roleKeys: one.roles })),
    restrictions: (story.restrictions ?? []).map((restriction, place) => ({ id: String(place), restriction, endedAt: null })),
    campaigns: each(story.campaigns, (one, id) => ({ members: [], ...inForce, ...one, id })),
    temporary: each(story.temporary, (one, id) => ({ staffId: null, campaignId: null, state: 'granted', ...inForce, ...one, id })),
    nodeGrants: each(story.nodeGrants, ({ roles = [], staffIds = [], ...one }, id) => ({ subject: { roles: [...roles], staffIds: [...staffIds] }, keepsOpen: false, endedAt: null, ...one, id })),
    shares: each(story.shares, (one, id) => ({ ...inForce, ...one, id })),
    freezes: [],
    tagGroups: story.tagGroups ?? {},
    customers: each(story.customers, (one, id) => ({ ...plain, ...one, id })),
    things: [],
    unreadable: [],
  }
}

/** The company in a database, asked through the service: may somebody, what can he reach, who can. */
export class StoryCompany {
  readonly access: Access
  readonly test: TestDatabase
  now = storyStart
  readonly warnings: unknown[] = []

  private constructor(test: TestDatabase) {
    this.test = test
    this.access = createAccess({ database: test.database, clock: () => this.now, log: { warn: (fields) => void this.warnings.push(fields) } })
  }

  static async open(kind: TestDatabaseKind): Promise<StoryCompany> {
    return new StoryCompany(await testDatabase(kind))
  }

  /** Writes the story and raises the epoch, as every change of policy does. */
  async tell(story: Story): Promise<void> {
    const before = await this.access.readEpoch()
    await this.test.database.transaction(async (work) => {
      await replaceWorld(work.db, storyWorld(story))
      await ensureRoleTemplates(work, 0)
      await work.db.query('UPDATE access_state SET value = ? WHERE name = ?', [before, 'epoch'])
      await this.access.raiseEpoch(work)
    })
  }

  as(staffId: string): Promise<ActorAccess> {
    return this.access.actorFor(staffId)
  }

  async facts(customerId: string): Promise<CustomerFacts> {
    const facts = (await loadFacts(this.test.database.db, [customerId])).get(customerId)
    if (facts === undefined) throw new Error(`no customer ${customerId} in this story`)
    return facts
  }

  async may(staffId: string, operation: Operation, customerId: string): Promise<boolean> {
    return (await this.as(staffId)).decideFor(operation, await this.facts(customerId)).allowed
  }

  /** The customers with whom somebody may do it: by deciding about each and by the row filter, which must be the same. */
  async sees(staffId: string, operation: Operation = 'customer.profile.view', context: ActionContext = {}): Promise<string[]> {
    const actor = await this.as(staffId)
    const rows = await this.select(actor.rowFilter(operation, context))
    const ids = await this.select(systemFilter('asks a story about every customer'))
    const decided = [...(await loadFacts(this.test.database.db, ids)).values()].filter((facts) => actor.decideFor(operation, facts, context).allowed)
    deepStrictEqual(rows, decided.map((facts) => facts.customerId).sort(), `${staffId} ${operation}`)
    return rows
  }

  /** The customers that the row filter gives, by name. */
  async reaches(staffId: string, operation: Operation = 'customer.profile.view'): Promise<string[]> {
    return this.select((await this.as(staffId)).rowFilter(operation))
  }

  select(filter: RowFilter): Promise<string[]> {
    return this.#ids(`SELECT customers.id AS id FROM customers WHERE ${filter.sql} ORDER BY customers.id`, filter.parameters)
  }

  /** The records of a table that the record filter gives, by id. */
  async records(staffId: string, operation: Operation, table: 'orders' | 'visits'): Promise<string[]> {
    const filter = (await this.as(staffId)).recordFilter(operation, { alias: table, storeColumn: 'store_department_id' })
    return this.#ids(`SELECT ${table}.id AS id FROM ${table} JOIN customers ON customers.id = ${table}.customer_id WHERE ${filter.sql} ORDER BY ${table}.id`, filter.parameters)
  }

  async #ids(sql: string, parameters: Readonly<Record<string, unknown>>): Promise<string[]> {
    const rows = await selectNamed(this.test.database.db, sql, parameters)
    return rows.map((row) => (typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : ''))
  }
}
