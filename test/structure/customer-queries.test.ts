import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCustomerQueries, type CustomerQuery } from './customer-queries.ts'
import { systemFilterUses, unfilteredQueries } from './unfiltered-queries.ts'

const fileOf = ({ place }: CustomerQuery) => place.slice(0, place.indexOf('#'))
const reasonOf = (query: CustomerQuery) => unfilteredQueries[query.place] ?? unfilteredQueries[fileOf(query)]

describe('queries on rows of customers', () => {
  let found: ReturnType<typeof findCustomerQueries>
  beforeAll(() => { found = findCustomerQueries(fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')) })
  const bare = () => found.queries.filter((query) => !query.filtered)

  it('finds the tables and the queries of the product', () => {
    expect(found.tables).toEqual(expect.arrayContaining(['customers', 'follows', 'customer_tags', 'orders', 'visits', 'messages', 'ownerships']))
    const filtered = found.queries.filter((query) => query.filtered).map((query) => query.place)
    for (const place of ['server/records/records.routes.ts#readOrders', 'server/records/records.routes.ts#readVisits', 'server/conversations/conversations.routes.ts#readPage']) expect(filtered).toContain(place)
  })

  it('take a filter that only access can make, or say why they need none', () => {
    const unexplained = bare().filter((query) => reasonOf(query) === undefined).map((query) => `${query.place} (line ${query.line}) touches ${query.table}`)
    expect(unexplained, 'take a RowFilter or RecordFilter, or add the function with its reason to test/structure/unfiltered-queries.ts').toEqual([])
  })

  it('are excused in files of routes only where a system operation opens the answer, and by no empty reason', () => {
    const inRoutes = [...Object.entries(unfilteredQueries), ...Object.entries(systemFilterUses)].filter(([place]) => /\.routes\.ts|presenter|app\.ts/.test(place))
    expect(inRoutes.filter(([, reason]) => !/\bsystem\.(audit|policy|integration|settings)\.(view|operate)\b/.test(reason))).toEqual([])
    for (const [place, reason] of [...Object.entries(unfilteredQueries), ...Object.entries(systemFilterUses)]) expect([place, reason.length > 15]).toEqual([place, true])
  })

  it('are excused only while they are there', () => {
    const places = new Set(bare().flatMap((query) => [query.place, fileOf(query)]))
    expect(Object.keys(unfilteredQueries).filter((place) => !places.has(place))).toEqual([])
    expect(found.systemFilters.filter((place) => !place.startsWith('server/access/row-filter.ts'))).toEqual(Object.keys(systemFilterUses).sort())
  })
})

describe('the check itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-structure-'))
  const files: Readonly<Record<string, string>> = {
    'tsconfig.json': '{ "compilerOptions": { "target": "ES2023", "module": "esnext", "moduleResolution": "bundler", "allowImportingTsExtensions": true, "strict": true, "noEmit": true, "types": [] } }',
    'server/access/filter.ts': 'export class AccessFilter<T> { readonly over!: T; readonly sql = ""; private constructor() {} }\nexport type RowFilter = AccessFilter<"customers">\nexport declare const actor: { rowFilter(operation: string): RowFilter }\nexport declare function systemFilter(reason: string): RowFilter',
    'server/columns.ts': 'export const defineTable = (name: string, columns: object) => ({ options: { tableName: name }, columns })',
    'server/records/note.entity.ts': 'import { defineTable } from "../columns.ts"\nexport const notes = defineTable("notes", { id: 1, customerId: 1 })\nexport const shops = defineTable("shops", { id: 1 })',
    'server/records/index.ts': 'export { notes, shops } from "./note.entity.ts"',
    'server/records/tables.ts': 'export const tables = { notes: "notes", shops: "shops" } as const',
    'server/records/read.ts': `
import { actor, systemFilter, type RowFilter } from '../access/filter.ts'
import { notes as remarks, shops } from './index.ts'
import { tables } from './tables.ts'
declare const db: { getRepository(entity: unknown): { find(): unknown }, query(sql: string): unknown }
export function byFilter(filter: RowFilter) { return [db.getRepository(remarks), filter.sql] }
export function byActor() { return [db.query(\`SELECT 1 FROM notes WHERE \${actor.rowFilter('x').sql}\`)] }
export function bySystem() { return [db.getRepository(remarks), systemFilter('a reason')] }
export function bare() { return [1].map(() => db.getRepository(remarks).find()) }
export function bareSql() { return db.query('SELECT * FROM notes WHERE id = 1') }
export function barePlace() { return db.query(\`select * from \${tables.notes} n\`) }
export function bareEntity() { return db.query(\`DELETE x JOIN \${remarks.options.tableName} n\`) }
export const bareArrow = () => db.getRepository('notes')
export class Notes { all() { return db.getRepository(remarks) } }
export function otherTable() { return [db.getRepository(shops), db.query(\`SELECT 1 FROM \${tables.shops}\`), db.query('SELECT 1 FROM notesake')] }
export const text = 'notes from customers'
`,
  }
  beforeAll(() => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('tells a query without a filter from one that has it, however the table is named', () => {
    const { tables, queries, systemFilters } = findCustomerQueries(folder)
    expect(tables).toEqual(['notes'])
    const places = (filtered: boolean) => queries.filter((query) => query.filtered === filtered).map((query) => query.place.slice('server/records/read.ts#'.length)).sort()
    expect(places(true)).toEqual(['byActor', 'byFilter', 'bySystem'])
    expect(places(false)).toEqual(['all', 'bare', 'bareArrow', 'bareEntity', 'barePlace', 'bareSql'])
    expect(systemFilters).toEqual(['server/records/read.ts#bySystem'])
  })
})
