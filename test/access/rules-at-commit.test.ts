import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, savepoint, type Database } from '../../server/database/database.ts'
import { entities } from '../../server/entities.ts'
import { accessStates } from '../../server/access/access.entity.ts'
import { createAccess, type Access } from '../../server/access/index.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** SQLite has one transaction at a time: there nothing can come between a decision and its commit. */
describe.each((await testDatabaseKinds()).filter((kind) => kind === 'mysql'))('a change under rules that others change meanwhile, on %s', (kind) => {
  let test: TestDatabase
  let other: Database
  let access: Access
  let theirs: Access
  beforeAll(async () => {
    test = await testDatabase(kind)
    other = await openDatabase({ url: test.url, entities, migrations: [] })
    access = createAccess({ database: test.database, clock: Date.now, log: silent as never })
    theirs = createAccess({ database: other, clock: Date.now, log: silent as never })
    await test.database.transaction((work) => access.raiseEpoch(work))
  })
  afterAll(async () => {
    await other.close()
    await test.drop()
  })

  const epochOf = async () => Number((await test.database.db.findOneByOrFail(accessStates, { name: 'epoch' })).value)

  it('is rolled back and decided anew: no write under a right that has been taken', async () => {
    const seen: number[] = []
    await test.database.transaction(async (work) => {
      const actor = await access.actorFor('nobody', work.db)
      seen.push(actor.epoch)
      await work.db.insert(accessStates, { name: `written-${seen.length}`, value: 1 })
      if (seen.length === 1) await other.transaction((theirWork) => theirs.raiseEpoch(theirWork))
    })
    expect(seen).toEqual([seen[0], (seen[0] ?? 0) + 1])
    expect(await test.database.db.existsBy(accessStates, { name: 'written-1' })).toBe(false)
    expect(await test.database.db.existsBy(accessStates, { name: 'written-2' })).toBe(true)
  })

  it('is not troubled by changes of its own, before or after it decided', async () => {
    const before = await epochOf()
    let runs = 0
    await test.database.transaction(async (work) => {
      runs += 1
      await access.raiseEpoch(work)
      await access.actorFor('nobody', work.db)
      await access.raiseEpoch(work)
    })
    expect([runs, await epochOf()]).toEqual([1, before + 2])
  })

  it('is not troubled by a part of it that changed the rules and was undone', async () => {
    const before = await epochOf()
    let runs = 0
    await test.database.transaction(async (work) => {
      runs += 1
      await access.actorFor('nobody', work.db)
      for (const [inner, outer] of [[true, false], [false, true], [true, true]] as const) {
        await savepoint(work, async (one) => {
          await access.raiseEpoch(one)
          await savepoint(one, async (two) => {
            await access.raiseEpoch(two)
            if (inner) throw new Error('undone')
          }).catch(() => undefined)
          if (outer) throw new Error('undone')
        }).catch(() => undefined)
      }
      await access.raiseEpoch(work)
    })
    // of the three parts only the first one's outer half stands, and the last change
    expect([runs, await epochOf()]).toEqual([1, before + 2])
  })

  it('thirty at once, some of which change the rules, all come through', async () => {
    const before = await epochOf()
    await Promise.all(Array.from({ length: 30 }, (_unused, place) => (place % 2 === 0 ? test.database : other).transaction(async (work) => {
      const on = place % 2 === 0 ? access : theirs
      await on.actorFor('nobody', work.db)
      if (place % 10 === 0) await on.raiseEpoch(work)
    })))
    expect(await epochOf()).toBe(before + 3)
  })
})
