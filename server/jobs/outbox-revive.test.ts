import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { outbox } from './jobs.entity.ts'
import { addOutbox } from './outbox-store.ts'

describe.each(await testDatabaseKinds())('work that is wanted again and again, on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await testDatabase(kind)
  })
  afterAll(() => test.drop())

  it('starts anew although an outage parked it, and only if it says that it may', async () => {
    const { database } = test
    const want = (reviveParked: boolean) => database.transaction((work) => addOutbox(work, { kind: 'directory.sync', payload: {}, uniqueKey: 'directory.sync', whileRunning: 'again', reviveParked }))
    expect(await want(true)).toBe('added')
    await database.db.getRepository(outbox).update({ uniqueKey: 'directory.sync' }, { state: 'dead', attempts: 8, lastError: 'WecomUnreachable' })
    expect(await want(false)).toBe('added')
    await database.db.getRepository(outbox).update({ uniqueKey: 'directory.sync+' }, { state: 'dead', attempts: 8 })
    expect(await want(false)).toBe('present')
    expect(await want(true)).toBe('revived')
    const rows = await database.db.getRepository(outbox).find({ order: { seq: 'ASC' } })
    // What went wrong stays: it tells the handler to read back before it does anything again.
    expect(rows.map((row) => [row.state, row.attempts, row.lastError])).toEqual([['new', 0, 'WecomUnreachable'], ['new', 0, null]])
  })
})
