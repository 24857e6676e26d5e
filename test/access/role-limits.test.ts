import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roleLimits } from '../../server/access/grant-sources.entity.ts'
import { defaultRoleLimits, fallbackLimits, loadLimits } from '../../server/access/role-limits.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'

describe.each(await testDatabaseKinds())('the limits of roles on %s', (kind) => {
  let test: TestDatabase
  const limitsOf = (...roleKeys: string[]) => loadLimits(test.database.db, roleKeys)

  beforeAll(async () => {
    test = await testDatabase(kind)
    const set = { cardsPerHour: 1, cardsPerDay: 2_000, revealsPerDay: 3 }
    await test.database.transaction((work) => work.db.getRepository(roleLimits).insert([{ ...set, roleKey: 'clerk' }]))
  })
  afterAll(() => test.drop())

  it('S55: are those that the company set, else those of the template, else the narrow ones', async () => {
    expect(await limitsOf('clerk')).toMatchObject({ cardsPerHour: 1, cardsPerDay: 2_000, revealsPerDay: 3 })
    expect(await limitsOf('sales')).toEqual(defaultRoleLimits['sales'])
    expect(await limitsOf('a role of our own')).toEqual(fallbackLimits)
    expect(await limitsOf()).toEqual(fallbackLimits)
  })

  it('S55: are in each respect the largest of the roles of one person, in whatever order', async () => {
    const meant = { cardsPerHour: 120, cardsPerDay: 2_000, revealsPerDay: 20 }
    expect([await limitsOf('clerk', 'sales'), await limitsOf('sales', 'clerk')]).toEqual([meant, meant])
  })
})
