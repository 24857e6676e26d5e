import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { besideRequest, withinRequest } from './database.ts'

describe.each(await testDatabaseKinds())('transactions of a request on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())

  const nothing = () => test.database.transaction(async () => undefined)

  it('are added to, one after the other', async () => {
    let added = 0
    await withinRequest(() => void added++, async () => {
      await nothing()
      await nothing()
    })
    await nothing()
    expect(added).toBe(2)
  })

  it('are not those of a worker whom their commit wakes', async () => {
    let added = 0
    await withinRequest(() => void added++, async () => {
      const woken: Promise<void>[] = []
      await test.database.transaction(async (work) => work.afterCommit(() => void woken.push(nothing())))
      await Promise.all(woken)
    })
    expect(added).toBe(1)
  })

  it('are not those that only leave a trace of it', async () => {
    let added = 0
    await withinRequest(() => void added++, () => besideRequest(nothing))
    expect(added).toBe(0)
  })
})
