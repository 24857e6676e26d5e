import { z } from 'zod'
import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { nodeFacts, restrictions, roles, staffRoles, taskFacts, templateRules } from '../access.entity.ts'
import { raiseEpoch } from '../access-state.ts'
import { campaignMembers, campaigns, nodeGrants, shares, temporaryGrants } from '../grant-sources.entity.ts'
import { tables } from '../tables.ts'
import type { Company } from './company.ts'

/** Scratch tables beside the product's, so that filters over records and things of every unit can be asked. */
export const scratch = { records: 'scenario_records', things: 'scenario_things' } as const

type Cell = string | number | null
type Row = Readonly<Record<string, Cell>>

/** Writes the company into an empty, migrated SQLite database: the tables from which every decision is loaded. */
export async function writeCompany(work: UnitOfWork, company: Company, recordStores: readonly number[]): Promise<void> {
  const { db } = work
  const foreign = new ForeignTables(db)
  await foreign.insert(tables.departments, company.departments.filter((one) => !one.missing).map((one) => ({
    id: one.id, name: one.name, path: one.path, kind: one.kind, deleted_at: one.deleted ? 1 : null,
  })))
  await foreign.insert(tables.staff, company.staff.map((one) => ({ id: one.id, userid: one.id, status: one.status })))
  await foreign.insert(tables.staffDepartments, company.staff.flatMap((one) => [...new Set(one.departmentIds)].map((id) => ({ staff_id: one.id, department_id: id, is_leader: 0 }))))
  await writeRules(db, company)
  await writeCustomers(db, foreign, company)
  await writeScratch(db, foreign, company, recordStores)
  await raiseEpoch(work)
}

async function writeRules(db: EntityManager, company: Company): Promise<void> {
  await db.getRepository(roles).insert(company.roles.map((one) => ({ roleKey: one.roleKey, label: one.label, grants: one.grants, version: 1, updatedAt: 0 })))
  await db.getRepository(staffRoles).insert(company.staff.flatMap((one) => [...new Set(one.roleKeys)]
    .map((roleKey) => ({ staffId: one.id, roleKey, source: 'administrator' as const, since: 0 }))))
  await db.getRepository(templateRules).insert(company.templateRules.map((rule, place) => ({ ...rule, id: `rule-${place + 1}` })))
  await db.getRepository(restrictions).insert(company.restrictions.map((one) => ({ id: one.id, definition: one.definition, createdAt: 0, endedAt: one.endedAt ?? null })))
  await db.getRepository(nodeGrants).insert(company.nodeGrants.map(({ grant, ...one }) => ({ ...one, definition: grant, createdAt: 0, endedAt: null })))
  await db.getRepository(campaigns).insert(company.campaigns.map((one) => (
    { id: one.id, campaignKey: one.id, name: one.id, fromAt: one.fromAt, untilAt: one.untilAt, endedAt: one.endedAt, createdBy: '', createdAt: 0, version: 1 }
  )))
  await db.getRepository(campaignMembers).insert(company.campaigns.flatMap((one) => [...new Set(one.members)].map((staffId) => ({ campaignId: one.id, staffId, since: 0 }))))
  await db.getRepository(temporaryGrants).insert(company.temporaryGrants.map((one) => ({ ...one, reason: '', requestedBy: '', decidedBy: null, createdAt: 0, decidedAt: null, version: 1 })))
  await db.getRepository(shares).insert(company.shares.map((one) => ({ ...one, reason: '', sharedBy: '', createdAt: 0 })))
}

async function writeCustomers(db: EntityManager, foreign: ForeignTables, company: Company): Promise<void> {
  const { customers } = company
  await foreign.insert(tables.customers, customers.map((one) => ({
    id: one.id, owner_staff_id: one.ownerStaffId, owner_department_id: one.ownerDepartmentId, pool_department_id: one.poolDepartmentId, stage: one.stage, value_tier: one.valueTier,
  })))
  await foreign.insert(tables.follows, customers.flatMap((one) => one.follows.map((follow, place) => ({
    id: `${one.id}/${place}`, customer_id: one.id, staff_id: follow.staffId, department_id: follow.departmentId,
    ended_at: follow.ended ? 1 : null, live_key: follow.ended ? null : `${one.id}:${follow.staffId}`,
  }))))
  await foreign.insert(tables.tags, company.tags.map((tag) => ({ id: tag.id, group_id: tag.groupId, deleted_at: null })))
  await foreign.insert(tables.customerTags, customers.flatMap((one) => [...new Set(one.tagIds)].map((tag) => ({ customer_id: one.id, tag_id: tag, follow_id: '' }))))
  await foreign.insert(tables.orders, customers.flatMap((one) => one.orders.map((order, place) => (
    { id: `${one.id}/${place}`, customer_id: one.id, store_department_id: order.storeDepartmentId, amount_fen: order.amountFen }
  ))))
  await foreign.insert(tables.visits, customers.flatMap((one) => one.visits.map((store, place) => ({ id: `${one.id}/${place}`, customer_id: one.id, store_department_id: store }))))
  await db.getRepository(taskFacts).insert(customers.flatMap((one) => [...new Set(one.tasks)].map((taskType) => ({ customerId: one.id, taskType }))))
  await db.getRepository(nodeFacts).insert(customers.flatMap((one) => one.nodes.map((node, place) => (
    { customerId: one.id, nodeKey: node.nodeKey, reference: String(place), enteredAt: 0, leftAt: node.left ? 1 : null }
  ))))
}

/** Of each customer one record made in each of these stores. */
async function writeScratch(db: EntityManager, foreign: ForeignTables, company: Company, recordStores: readonly number[]): Promise<void> {
  await db.query(`CREATE TABLE ${scratch.records} (customer_id TEXT NOT NULL, store_department_id INTEGER NOT NULL)`)
  await db.query(`CREATE TABLE ${scratch.things} (id TEXT NOT NULL, department_id INTEGER, creator_staff_id TEXT)`)
  await foreign.insert(scratch.records, company.customers.flatMap((one) => recordStores.map((store) => ({ customer_id: one.id, store_department_id: store }))))
  await foreign.insert(scratch.things, company.things.map((one) => ({ id: one.id, department_id: one.departmentId, creator_staff_id: one.creatorStaffId })))
}

const ColumnRow = z.object({ name: z.string(), type: z.string(), notnull: z.coerce.number(), dflt_value: z.unknown() })
const rowsPerInsert = 100

/**
 * Tables of other domains, of which only the columns that decide are known here. What they need besides is filled with values that
 * mean nothing and never repeat, so that a new column of theirs changes nothing here.
 */
class ForeignTables {
  readonly #db: EntityManager
  #serial = 0

  constructor(db: EntityManager) {
    this.#db = db
  }

  async insert(table: string, rows: readonly Row[]): Promise<void> {
    const [first] = rows
    if (first === undefined) return
    const columns = z.array(ColumnRow).parse(await this.#db.query(`PRAGMA table_info(${table})`))
    const filled = columns.filter((column) => column.notnull === 1 && !Object.hasOwn(first, column.name))
    const names = [...Object.keys(first), ...filled.map((column) => column.name)]
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      const part = rows.slice(start, start + rowsPerInsert)
      const values = part.flatMap((row) => [...Object.values(row), ...filled.map((column) => this.#nothing(column.type))])
      const places = part.map(() => `(${names.map(() => '?').join(', ')})`).join(', ')
      await this.#db.query(`INSERT INTO ${table} (${names.join(', ')}) VALUES ${places}`, values)
    }
  }

  #nothing(type: string): Cell {
    if (/int|bool/i.test(type)) return 0
    this.#serial += 1
    return `-${this.#serial}`
  }
}
