import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TableColumn, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Invariant } from '../errors.ts'
import { defineTable, integer, key, primary } from './columns.ts'
import { openDatabase, type Database } from './database.ts'
import { createTable, dropTable, migrateDown, migrateUp, pendingMigrations } from './migrations.ts'

interface Thing {
  name: string
  amount: number
}

const things = defineTable<Thing>('things', { name: primary(key(64)), amount: integer() })

class CreateThings1700000000000 implements MigrationInterface {
  readonly name = 'CreateThings1700000000000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'things', { name: primary(key(64)), amount: integer() })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'things')
  }
}

/** A child must have its parent at the end of the transaction, not before. */
class CreateFamily1700000001000 implements MigrationInterface {
  readonly name = 'CreateFamily1700000001000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table parents (name varchar(64) primary key)')
    await runner.query('create table children (name varchar(64) primary key, parent varchar(64) not null references parents (name) on delete cascade deferrable initially deferred)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table children')
    await runner.query('drop table parents')
  }
}

/** TypeORM rebuilds the table for this: copies it, drops it, renames the copy. */
class AddNickname1700000002000 implements MigrationInterface {
  readonly name = 'AddNickname1700000002000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('parents', new TableColumn({ name: 'nickname', type: 'varchar', length: '64', isNullable: true }))
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('parents', 'nickname')
  }
}

function signal() {
  let give = (): void => undefined
  const given = new Promise<void>((resolve) => { give = resolve })
  return { given, give: () => give() }
}

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

describe('the gate before the one SQLite connection', () => {
  let folder: string
  let database: Database

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scrm-gate-'))
    database = await openDatabase({ url: `sqlite:${join(folder, 'gate.db')}`, entities: [things], migrations: [CreateThings1700000000000, CreateFamily1700000001000, AddNickname1700000002000] })
    await migrateUp(database)
  })
  afterEach(async () => {
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const add = (db: EntityManager, name: string) => db.insert(things, { name, amount: 1 })
  const names = async () => (await database.db.find(things, { order: { name: 'ASC' } })).map((thing) => thing.name)

  it('keeps five concurrent transactions apart: each commits whole', async () => {
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((number) => database.transaction(async ({ db }) => {
      await add(db, `${number}a`)
      await pause(5)
      await add(db, `${number}b`)
    })))
    expect(results.map((result) => result.status)).toEqual(Array.from({ length: 5 }, () => 'fulfilled'))
    expect(await names()).toEqual(['1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b', '5a', '5b'])
  })

  it('keeps an insert and a transaction that were made beside one that rolls back', async () => {
    const began = signal()
    const failing = database.transaction(async ({ db }) => {
      await add(db, 'lost')
      began.give()
      await pause(30)
      throw new Error('on purpose')
    })
    await began.given
    const beside = Promise.all([add(database.db, 'plain'), database.transaction(async ({ db }) => add(db, 'other'))])
    await expect(failing).rejects.toThrow('on purpose')
    await beside
    expect(await names()).toEqual(['other', 'plain'])
  })

  it('keeps what was committed although a transaction that began meanwhile rolls back later', async () => {
    const second = signal()
    const first = database.transaction(async ({ db }) => {
      await add(db, 'kept')
      second.give()
      await pause(20)
    })
    await second.given
    const later = database.transaction(async ({ db }) => {
      await add(db, 'lost')
      await pause(20)
      throw new Error('on purpose')
    })
    await first
    await expect(later).rejects.toThrow('on purpose')
    expect(await names()).toEqual(['kept'])
  })

  it('hides what is not committed from everybody beside the transaction', async () => {
    const counts: number[] = []
    const written = signal()
    const writing = database.transaction(async ({ db }) => {
      await add(db, 'new')
      written.give()
      await pause(20)
      counts.push(await db.count(things))
    })
    await written.given
    const outside = database.db.count(things).then((count) => counts.push(count))
    await Promise.all([writing, outside])
    expect(counts).toEqual([1, 1])
  })

  it('adds up over 1,000 parallel transactions', async () => {
    // the disk is not what is tested here
    await database.db.query('pragma synchronous = off')
    await database.db.insert(things, { name: 'sum', amount: 0 })
    await Promise.all(Array.from({ length: 1_000 }, () => database.transaction(async ({ db }) => {
      const { amount } = await db.findOneByOrFail(things, { name: 'sum' })
      await db.update(things, { name: 'sum' }, { amount: amount + 1 })
    })))
    expect(await database.db.findOneByOrFail(things, { name: 'sum' })).toEqual({ name: 'sum', amount: 1_000 })
  })

  it('lets the others in when a COMMIT fails, and keeps nothing of it', async () => {
    const orphan = database.transaction(async ({ db }) => {
      await add(db, 'lost')
      await db.query(`insert into children values ('c', 'nobody')`)
    })
    const waiting = database.transaction(async ({ db }) => add(db, 'after'))
    await expect(orphan).rejects.toThrow(/FOREIGN KEY/)
    await waiting
    expect(await names()).toEqual(['after'])
    expect(await database.db.query('select * from children')).toEqual([])
  })

  it('lets the others in when SQLite itself rolled back', async () => {
    const broken = database.transaction(async ({ db }) => {
      await add(db, 'lost')
      await db.query('rollback')
      throw new Error('on purpose')
    })
    await expect(broken).rejects.toThrow()
    await database.transaction(async ({ db }) => add(db, 'after'))
    expect(await names()).toEqual(['after'])
  })

  it('refuses the global manager inside a transaction at once instead of waiting for itself', async () => {
    const began = performance.now()
    const wrong = database.transaction(async ({ db }) => {
      await add(db, 'lost')
      await database.db.count(things)
    })
    await expect(wrong).rejects.toThrow(Invariant)
    const nested = database.transaction(async () => database.transaction(async ({ db }) => add(db, 'lost')))
    await expect(nested).rejects.toThrow(Invariant)
    const direct = database.transaction(async () => database.onConnection((connection) => connection.prepare('select 1').get()))
    await expect(direct).rejects.toThrow(Invariant)
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await names()).toEqual([])
  })

  it('allows the global manager again after the transaction, also in what the transaction started', async () => {
    let after: Promise<number> | null = null
    await database.transaction(async ({ db, afterCommit }) => {
      await add(db, 'kept')
      afterCommit(() => { after = database.db.count(things) })
    })
    expect(await after).toBe(1)
  })

  it('undoes a savepoint without the transaction around it', async () => {
    await database.transaction(async ({ db }) => {
      await add(db, 'outer')
      await expect(db.transaction(async (inner) => {
        await add(inner, 'inner')
        throw new Error('on purpose')
      })).rejects.toThrow('on purpose')
      await db.transaction(async (inner) => add(inner, 'second inner'))
    })
    expect(await names()).toEqual(['outer', 'second inner'])
  })

  it('stays usable after a violated key inside a transaction', async () => {
    await add(database.db, 'taken')
    await database.transaction(async ({ db }) => {
      await expect(add(db, 'taken')).rejects.toThrow()
      await add(db, 'free')
    })
    expect(await names()).toEqual(['free', 'taken'])
  })

  it('runs afterCommit only for what was committed', async () => {
    const ran = vi.fn()
    await expect(database.transaction(async ({ db, afterCommit }) => {
      await add(db, 'lost')
      afterCommit(ran)
      throw new Error('on purpose')
    })).rejects.toThrow('on purpose')
    expect(ran).not.toHaveBeenCalled()
  })

  it('writes synchronously on the connection only while no transaction is open', async () => {
    const order: string[] = []
    const written = signal()
    const open = database.transaction(async ({ db }) => {
      await add(db, 'first')
      written.give()
      await pause(20)
      order.push('committing')
    })
    await written.given
    await database.onConnection((connection) => {
      order.push('alone')
      expect(connection.inTransaction).toBe(false)
    })
    await open
    expect(order).toEqual(['committing', 'alone'])
  })

  it('lets migrations through, forward and back, beside other work, and a rebuilt table keeps its child rows', async () => {
    await database.db.query(`insert into parents (name) values ('p')`)
    await database.db.query(`insert into children values ('c', 'p')`)
    expect(await pendingMigrations(database)).toEqual([])
    await migrateDown(database)
    expect(await pendingMigrations(database)).toEqual(['AddNickname1700000002000'])
    expect(await database.db.query('select * from children')).toEqual([{ name: 'c', parent: 'p' }])
    const [ran] = await Promise.all([migrateUp(database), add(database.db, 'beside')])
    expect(ran).toEqual(['AddNickname1700000002000'])
    expect(await database.db.query('select * from children')).toEqual([{ name: 'c', parent: 'p' }])
    expect(await names()).toEqual(['beside'])
    expect(await database.db.query('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }])
  })

  it('answers those who wait too long instead of letting them hang, and goes on afterwards', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const held = signal()
      const began = signal()
      const slow = database.transaction(async ({ db }) => {
        await add(db, 'slow')
        began.give()
        await held.given
      })
      await began.given
      const waiting = add(database.db, 'late')
      const refused = expect(waiting).rejects.toThrow(Invariant)
      await vi.advanceTimersByTimeAsync(10_001)
      await refused
      held.give()
      await slow
      await add(database.db, 'next')
      expect(await names()).toEqual(['next', 'slow'])
    } finally {
      vi.useRealTimers()
    }
  })
})
