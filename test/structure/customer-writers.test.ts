import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findCustomerWrites } from './customer-writers.ts'

const server = join(import.meta.dirname, '..', '..', 'server')
const sources = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))

describe('rows of customers, their follows and tags', () => {
  it('are written by customer-rows.ts alone, which keeps the tables behind lists', () => {
    const writes = sources.flatMap((name) => findCustomerWrites(name, readFileSync(join(server, name), 'utf8')).map((write) => ({ name, ...write })))
    expect(new Set(writes.filter((write) => write.name === join('customers', 'customer-rows.ts')).map((write) => write.table))).toEqual(new Set(['customers', 'follows', 'customer_tags']))
    expect(writes.filter((write) => write.name !== join('customers', 'customer-rows.ts')).map((write) => `server/${write.name}:${write.line} writes ${write.table}`), 'write through server/customers/customer-rows.ts').toEqual([])
  })

  it.each([
    ['a repository', 'await work.db.getRepository(customers).update({ id }, { stage })', 'customers'],
    ['a repository kept in a constant', 'const table = db.getRepository(follows)\nawait table.delete({ id })', 'follows'],
    ['a repository by name', 'await db.getRepository("customers").save(row)', 'customers'],
    ['a manager', 'await db.insert(follows, row)', 'follows'],
    ['a query builder', 'db.createQueryBuilder().update(customers).set({ stage }).execute()', 'customers'],
    ['a repository\'s query builder', 'db.getRepository(customers).createQueryBuilder().update({ stage })', 'customers'],
    ['a builder that inserts', 'db.createQueryBuilder().insert().into(follows).values(rows)', 'follows'],
    ['SQL', 'await db.query("update customers set stage = ?", [stage])', 'customers'],
    ['SQL with a place', 'await selectNamed(db, `DELETE FROM ${tables.follows} WHERE id = :id`, { id })', 'follows'],
    ['a repository of tags', 'await work.db.getRepository(customerTags).insert(rows)', 'customer_tags'],
    ['SQL of tags with a place', 'await selectNamed(db, `DELETE FROM ${tables.customerTags} WHERE customer_id = :id`, { id })', 'customer_tags'],
    ['SQL of tags', 'db.query("UPDATE customer_tags SET tag_id = ?", [tag])', 'customer_tags'],
    ['SQL that ignores doubles', 'db.query(`INSERT OR IGNORE INTO customers (id) VALUES (?)`)', 'customers'],
  ])('by %s are noticed', (_how, text, table) => {
    expect(findCustomerWrites('some.ts', text).map((write) => write.table)).toEqual([table])
  })

  it.each([
    'await db.getRepository(customers).findOneBy({ id })', 'await db.getRepository(tags).delete({ id })', 'db.query("SELECT id FROM customers FOR UPDATE")',
    'db.query("UPDATE customers_of_somebody SET a = 1")', 'seen.delete(customer)',
    'function a() { const table = db.getRepository(customers); return table.find() }\nfunction b() { const table = db.getRepository(tags); return table.delete({ id }) }',
  ])('are read by %s', (text) => {
    expect(findCustomerWrites('some.ts', text)).toEqual([])
  })
})
