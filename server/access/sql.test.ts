import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase, type TestDatabaseKind } from '../../test/support/databases.ts'
import { allOf, anyOf, not, selectNamed, someRow, SqlBuilder, sqlText, useIndex, useWholeKey, type Dialect } from './sql.ts'

describe('conditions', () => {
  it('are joined in brackets, each once, and one alone stands as it is', () => {
    for (const [join, word, nothing] of [[allOf, 'AND', true], [anyOf, 'OR', false]] as const) {
      expect(join(['a', 'b', 'a', nothing])).toBe(`(a) ${word} (b)`)
      expect(join(['a', nothing, 'a'])).toBe('a')
      expect(join([nothing])).toBe(nothing)
      expect(join([])).toBe(nothing)
      expect(join(['a', !nothing])).toBe(!nothing)
    }
    expect([not('a'), not(true), not(false)]).toEqual(['NOT (a)', false, true])
  })

  it('look at the rows of another table once, after everything that the row says itself', () => {
    const at = { rows: 'follows f', on: 'f.customer_id = c.id' }
    const one = 'SELECT 1 FROM follows f WHERE f.customer_id = c.id AND'
    const [x, y] = [someRow(at, 'f.x'), someRow(at, 'f.y')]
    expect(sqlText(x)).toBe(`(${one} (f.x) LIMIT 1) IS NOT NULL`)
    expect([someRow(at, false), sqlText(someRow(at, true))]).toEqual([false, `(${one} (1 = 1) LIMIT 1) IS NOT NULL`])
    expect(sqlText(anyOf([anyOf([x, 'a']), 'b', anyOf(['a', y, false]), x]))).toBe(`(a) OR (b) OR ((${one} ((f.x) OR (f.y)) LIMIT 1) IS NOT NULL)`)
    // A rule with one part, and one with several.
    expect(sqlText(anyOf([allOf([x, true]), allOf([y])]))).toBe(`(${one} ((f.x) OR (f.y)) LIMIT 1) IS NOT NULL`)
    expect(sqlText(anyOf([allOf([x, 'a']), y]))).toBe(`((${sqlText(x)}) AND (a)) OR (${sqlText(y)})`)
    expect([anyOf([x, true]), allOf([x, false]), allOf([x, someRow(at, 'f.x')])]).toEqual([true, false, x])
    expect(sqlText(not(x))).toBe(`NOT (${sqlText(x)})`)
    for (const other of [{ ...at, rows: 'orders f' }, { ...at, on: 'f.customer_id = d.id' }]) {
      const z = someRow(other, 'f.z')
      expect(sqlText(anyOf([x, z, y]))).toBe(`(${sqlText(z)}) OR ((${one} ((f.x) OR (f.y)) LIMIT 1) IS NOT NULL)`)
    }
  })
})

describe('useIndex', () => {
  it('names the index in the words of each database; SQLite has no name for the primary key', () => {
    expect((['sqlite', 'mysql'] as const).map((dialect) => useIndex(dialect, 'ix_follows_customer'))).toEqual(['INDEXED BY ix_follows_customer', 'FORCE INDEX (ix_follows_customer)'])
    expect((['sqlite', 'mysql'] as const).map((dialect) => useIndex(dialect, 'PRIMARY'))).toEqual(['', 'FORCE INDEX (PRIMARY)'])
    expect((['sqlite', 'mysql'] as const).map((dialect) => useWholeKey(dialect, 'customer_scope'))).toEqual(['INDEXED BY sqlite_autoindex_customer_scope_1', 'FORCE INDEX (PRIMARY)'])
  })
})

const upTo = (count: number): ReadonlySet<number> => new Set(Array.from({ length: count }, (_, place) => place + 1))
/** How many parameters stand for a list in the query, and with how many values. */
const sizes = ({ parameters }: SqlBuilder) => Object.values(parameters).map((value) => (Array.isArray(value) ? value.length : typeof value))

describe('isIn', () => {
  it('is known to hold for nobody when the list is empty', () => {
    const to = new SqlBuilder('sqlite')
    expect(to.isIn('n', new Set<number>())).toBe(false)
    expect(to.parameters).toEqual({})
  })

  it('sends up to 200 values one by one, more as one text to SQLite and by the thousand to MySQL', () => {
    const sent = (dialect: Dialect, count: number) => {
      const to = new SqlBuilder(dialect)
      to.isIn('n', upTo(count))
      return sizes(to)
    }
    expect([1, 200, 201, 2500].map((count) => sent('sqlite', count))).toEqual([[1], [200], ['string'], ['string']])
    expect([1, 200, 201, 1000, 1001, 2500].map((count) => sent('mysql', count))).toEqual([[1], [200], [201], [1000], [1000, 1], [1000, 1000, 500]])
  })

  it('sends one list once, and the same value once', () => {
    for (const dialect of ['sqlite', 'mysql'] as const) {
      const to = new SqlBuilder(dialect)
      const list = upTo(3)
      expect(to.isIn('n', list)).toBe(to.isIn('n', list))
      expect(to.value('x')).toBe(to.value('x'))
      expect(to.value('x')).not.toBe(to.value('y'))
      expect(Object.values(to.parameters)).toEqual([[1, 2, 3], 'x', 'y'])
    }
    const long = new SqlBuilder('sqlite')
    const list = upTo(300)
    expect(long.isIn('n', list)).toBe(long.isIn('n', list))
    expect(sizes(long)).toEqual(['string'])
  })

  it('uses no name that another filter of the process uses', () => {
    const [one, other] = [new SqlBuilder('sqlite'), new SqlBuilder('sqlite')]
    expect(one.value('x')).not.toBe(other.value('x'))
  })
})

/** SQLite understands the words for MySQL as well, so both are tried where only SQLite is there. */
const wordings = (await testDatabaseKinds()).flatMap((kind): [TestDatabaseKind, Dialect][] => (kind === 'sqlite' ? [[kind, 'sqlite'], [kind, 'mysql']] : [[kind, kind]]))

describe.each(wordings)('isIn on %s in the words for %s', (kind, dialect) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind, { migrate: false }) })
  afterAll(() => test.drop())

  it('gives the rows whose value is in the list, however long it is', async () => {
    const values = [0, 1, 200, 201, 1000, 1001, 2000, 2001, 2500, 2501]
    const rows = values.map((n) => `SELECT ${n} AS n`).join(' UNION ALL ')
    const found = async (range: string, count: number) => {
      const to = new SqlBuilder(dialect)
      const where = `${range} AND ${String(to.isIn('n', upTo(count)))}`
      const given = await selectNamed(test.database.db, `SELECT n FROM (${rows}) listed WHERE ${where} ORDER BY n`, to.parameters)
      return given.map((row) => Number(Object.values(Object(row))[0]))
    }
    for (const count of [1, 200, 201, 1000, 1001, 2000, 2500]) expect(await found('n >= 0', count)).toEqual(values.filter((n) => n > 0 && n <= count))
    // what stands before it counts for every part of a long list
    expect(await found('n < 0', 2500)).toEqual([])
  })
})
