import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type SqliteConnection from 'better-sqlite3'
import { DataSource, QueryFailedError, type EntityManager, type EntitySchema, type MigrationInterface } from 'typeorm'
import { createConnection } from 'mysql2/promise'
import { Invariant, ProjectError } from '../errors.ts'
import { forSqlite } from './columns.ts'
import { installGate, transactionFlow, type Gate } from './gated-runner.ts'
import { readCommittedMysql, type Statements } from './mysql-pool.ts'
import { isTransient, Outdated } from './violations.ts'

export type DatabaseKind = 'sqlite' | 'mysql' | 'mariadb'

/**
 * One transaction. Every table that changes together changes through the same unit of work;
 * what must happen outside (a WeCom call, a job) starts from an outbox row or from `afterCommit`.
 */
export interface UnitOfWork {
  readonly db: EntityManager
  /**
   * Runs at the end of the transaction, inside it, and only once for each key: for tables that are derived from whatever the
   * transaction has written by then.
   */
  beforeCommit(key: string, run: () => Promise<void>): void
  /** Runs once the transaction is on disk. A convenience only: the process may die before, so nothing may depend on it. */
  afterCommit(run: () => void): void
  /** Runs when the part of the transaction in which this is said is undone and the rest goes on: for what is remembered beside the database. */
  onUndo(run: () => void): void
}

export interface Database {
  readonly kind: DatabaseKind
  readonly source: DataSource
  /** Reads outside a transaction. Inside one use `work.db`. */
  readonly db: EntityManager
  /** Runs `change` in one transaction; repeats it (up to three times) when the database chose it as a deadlock's victim. */
  transaction<T>(change: (work: UnitOfWork) => Promise<T>): Promise<T>
  /** SQLite only: runs `use` synchronously on the one connection while no other transaction is open. */
  onConnection<T>(use: (connection: SqliteConnection.Database) => T): Promise<T>
  /** MySQL only: one statement that commits by itself, handed straight to the driver. Errors are those of `db.query`. */
  commitStatement(sql: string): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** `sqlite:./data/scrm.db`, `sqlite::memory:`, `mysql://user:pass@host:3306/name`. */
  readonly url: string
  readonly entities: readonly EntitySchema[]
  readonly migrations: readonly (new () => MigrationInterface)[]
  readonly poolSize?: number
}

/** Opens the database that `url` names. Does not migrate; see `migrations.ts`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url.startsWith('sqlite:') ? openSqlite(options) : openMysql(options)
}

async function openSqlite(options: DatabaseOptions): Promise<Database> {
  const file = options.url.slice('sqlite:'.length)
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  let connection: SqliteConnection.Database | null = null
  const source = new DataSource({
    type: 'better-sqlite3',
    database: file,
    entities: options.entities.map(forSqlite),
    migrations: [...options.migrations],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    enableWAL: file !== ':memory:',
    statementCacheSize: 400,
    prepareDatabase: (opened: SqliteConnection.Database) => {
      connection = opened
      // FULL: an answered callback must survive a loss of power, not only of the process.
      opened.pragma('synchronous = FULL')
      opened.pragma('busy_timeout = 5000')
      opened.pragma('foreign_keys = ON')
    },
  })
  await source.initialize()
  const gate = installGate(source)
  return {
    kind: 'sqlite',
    source,
    db: source.manager,
    transaction: (change) => runTransaction(source, change),
    onConnection: (use) => onConnection(gate, connection, use),
    commitStatement: () => Promise.reject(new Invariant('SQLite writes on its one connection')),
    close: () => source.destroy(),
  }
}

async function onConnection<T>(gate: Gate, connection: SqliteConnection.Database | null, use: (connection: SqliteConnection.Database) => T): Promise<T> {
  if (connection === null) throw new Invariant('the SQLite connection is not open')
  const ticket = {}
  await gate.acquire(ticket)
  try {
    return use(connection)
  } finally {
    gate.release()
  }
}

async function openMysql(options: DatabaseOptions): Promise<Database> {
  const kind = await mysqlKind(options.url)
  const driver = readCommittedMysql()
  const source = new DataSource({
    type: kind,
    url: options.url.replace(/^mariadb:/, 'mysql:'),
    entities: [...options.entities],
    migrations: [...options.migrations],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'none',
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    driver,
    // callbacks and effects may hold eight connections each, and requests must not wait for them
    poolSize: options.poolSize ?? 24,
  })
  await source.initialize()
  return {
    kind,
    source,
    db: source.manager,
    transaction: (change) => runTransaction(source, change),
    onConnection: () => Promise.reject(new Invariant('only SQLite has one shared connection')),
    commitStatement: (sql) => commitStatement(driver, sql),
    close: () => source.destroy(),
  }
}

function commitStatement(driver: Statements, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    driver.run(sql, (error) => {
      if (error === null) resolve()
      else reject(new QueryFailedError(sql, [], error))
    })
  })
}

/** TypeORM reports false schema drift when MariaDB is opened as MySQL, so ask the server what it is. */
async function mysqlKind(url: string): Promise<'mysql' | 'mariadb'> {
  const connection = await createConnection(url.replace(/^mariadb:/, 'mysql:'))
  try {
    const [rows] = await connection.query('select version() as version')
    return JSON.stringify(rows).includes('MariaDB') ? 'mariadb' : 'mysql'
  } finally {
    await connection.end()
  }
}

/** What runs may want more, or the same once more. */
async function runAll(wanted: Map<string, () => Promise<void>>): Promise<void> {
  for (let [next] = wanted; next !== undefined; [next] = wanted) {
    const [key, run] = next
    wanted.delete(key)
    await run()
  }
}

/** Runs a part of a transaction that can fail by itself: what it wrote is undone, what was written before stays. */
export async function savepoint<T>(work: UnitOfWork, run: (inner: UnitOfWork) => Promise<T>): Promise<T> {
  const undo: (() => void)[] = []
  try {
    const result = await work.db.transaction((db) => run({
      db,
      beforeCommit: (key, before) => work.beforeCommit(key, before),
      afterCommit: (after) => work.afterCommit(after),
      onUndo: (undone) => void undo.push(undone),
    }))
    // What stands here may still be undone with the part in which it stands.
    for (const undone of undo) work.onUndo(undone)
    return result
  } catch (error) {
    for (const undone of undo) undone()
    throw error
  }
}

const additions = new AsyncLocalStorage<(work: UnitOfWork) => void>()

/**
 * Runs `handle`; `add` is called at the start of every transaction that begins meanwhile on its behalf. Whatever a commit wakes
 * (workers of this process) works on its own behalf.
 */
export function withinRequest<T>(add: (work: UnitOfWork) => void, handle: () => Promise<T>): Promise<T> {
  let isOver = false
  return additions.run((work) => { if (!isOver) add(work) }, handle).finally(() => { isOver = true })
}

/** Runs a transaction that is no part of what the request does: that it was refused, or whom it looked at. */
export const besideRequest = <T>(run: () => Promise<T>): Promise<T> => additions.exit(run)

const attempts = 4
const hooks = new WeakMap<object, UnitOfWork['beforeCommit']>()

/** What all managers of one transaction share, also those of its savepoints. */
export const transactionOf = (db: EntityManager): object => db.queryRunner ?? db

/** The hook of the transaction to which this manager belongs; null outside one. For those who get a manager only. */
export const beforeCommitOf = (db: EntityManager): UnitOfWork['beforeCommit'] | null => hooks.get(transactionOf(db)) ?? null

async function runTransaction<T>(source: DataSource, change: (work: UnitOfWork) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const before = new Map<string, () => Promise<void>>()
    const after: (() => void)[] = []
    try {
      const result = await source.transaction((db) => transactionFlow.run({ runner: db.queryRunner }, async () => {
        const beforeCommit: UnitOfWork['beforeCommit'] = (key, run) => void (before.has(key) || before.set(key, run))
        hooks.set(transactionOf(db), beforeCommit)
        const work: UnitOfWork = {
          db,
          beforeCommit,
          afterCommit: (run) => void after.push(run),
          // Without its transaction nothing that was remembered about it matters.
          onUndo: () => undefined,
        }
        additions.getStore()?.(work)
        const changed = await change(work)
        await runAll(before)
        return changed
      }))
      additions.exit(() => { for (const run of after) run() })
      return result
    } catch (error) {
      if (attempt >= attempts && error instanceof Outdated) throw new ProjectError('service.unavailable', 503, {}, { cause: error })
      if (attempt >= attempts || !isTransient(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt * (1 + Math.random())))
    }
  }
}
