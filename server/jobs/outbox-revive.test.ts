import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import type { UnitOfWork } from '../database/database.ts'
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

  const rowsOf = (work: UnitOfWork['db']) => work.getRepository(outbox)
  const again = (work: UnitOfWork, uniqueKey: string) => addOutbox(work, { kind: 'tags.sync', payload: {}, uniqueKey, whileRunning: 'again' })

  it('is run once more after all that run, which may have read what was before', async () => {
    const { database } = test
    const want = () => database.transaction((work) => again(work, 'many'))
    const begin = (uniqueKey: string) => rowsOf(database.db).update({ uniqueKey }, { state: 'running' })
    expect(await want()).toBe('added')
    await begin('many')
    expect([await want(), await want()]).toEqual(['added', 'present'])
    await begin('many+')
    expect([await want(), await want()]).toEqual(['added', 'present'])
    expect(await rowsOf(database.db).countBy({ kind: 'tags.sync', state: 'new' })).toBe(1)
  })

  if (kind === 'mysql') {
    it('does not begin before the change that wants it is on disk', async () => {
      const { database } = test
      await database.transaction((work) => again(work, 'held'))
      await rowsOf(database.db).update({ uniqueKey: 'held' }, { state: 'running' })
      await database.transaction((work) => again(work, 'held'))
      const claim = () => database.db.query(`select id from outbox where unique_key = 'held+' for update skip locked`)
      await database.transaction(async (work) => {
        expect(await again(work, 'held')).toBe('present')
        const other = database.source.createQueryRunner()
        try {
          expect(await other.query(`select id from outbox where unique_key = 'held+' for update skip locked`)).toEqual([])
        } finally {
          await other.release()
        }
      })
      expect(await claim()).toHaveLength(1)
    })
  }
})
