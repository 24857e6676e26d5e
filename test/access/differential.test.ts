import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'
import { compareCompany, newTally } from './support/compare.ts'
import { caseArbitrary } from './support/random-world.ts'
import { rolledBack } from './support/rolled-back.ts'

const companies = 500

describe.each(await testDatabaseKinds())('memory and %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(async () => { await test.drop() })

  it('mean the same over random companies with all sources of grants, and what the reference means', async () => {
    const tally = newTally()
    await fc.assert(fc.asyncProperty(caseArbitrary, (one) => rolledBack(test.database, (db) => compareCompany(db, kind, one, tally))), { numRuns: companies })
    // The companies are worth comparing: many cases have customers on both sides of the rule.
    expect(tally.cases).toBeGreaterThan(companies * 8)
    expect(tally.mixed).toBeGreaterThan(tally.cases / 10)
    expect(tally.records).toBeGreaterThan(companies / 10)
    expect(tally.things).toBeGreaterThan(companies / 10)
    expect(tally.clear).toBeGreaterThan(companies)
  }, 300_000)
})
