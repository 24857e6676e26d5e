import { AsyncLocalStorage } from 'node:async_hooks'
import type { DataSource, ObjectLiteral, QueryRunner } from 'typeorm'
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js'
import { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js'
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js'
import { Invariant } from '../errors.ts'

/** Which runner's transaction the current asynchronous flow belongs to. */
export const transactionFlow = new AsyncLocalStorage<{ readonly runner: unknown }>()

const waitLimitMs = 10_000
/** Prepared statements of so many characters are kept for the next time. */
const keptLength = 6_000

/**
 * Long statements name ids and rules of one moment. Kept, four hundred of them would hold more memory than all the rest, and push out those
 * that come again.
 */
class KeptStatements extends Map<string, unknown> {
  override set(sql: string, statement: unknown): this {
    return sql.length > keptLength ? this : super.set(sql, statement)
  }
}

/**
 * A first-come-first-served lock on the one SQLite connection.
 * TypeORM gives every caller the same connection; without this gate, a statement of one request lands inside the
 * transaction of another and vanishes with its rollback.
 */
export class Gate {
  #owner: unknown = null
  readonly #waiting: { readonly who: unknown; readonly enter: () => void; readonly timer: NodeJS.Timeout }[] = []

  isOwner(who: unknown): boolean {
    return this.#owner === who
  }

  acquire(who: unknown): Promise<void> {
    const flow = transactionFlow.getStore()
    if (flow !== undefined && flow.runner === this.#owner && this.#owner !== who) {
      return Promise.reject(new Invariant('a query outside its transaction would wait for itself: use the given EntityManager'))
    }
    if (this.#owner === null) {
      this.#owner = who
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const place = this.#waiting.findIndex((entry) => entry.timer === timer)
        if (place >= 0) this.#waiting.splice(place, 1)
        reject(new Invariant('the database gate stayed closed for too long'))
      }, waitLimitMs)
      this.#waiting.push({ who, enter: resolve, timer })
    })
  }

  release(): void {
    const next = this.#waiting.shift()
    this.#owner = next?.who ?? null
    if (next === undefined) return
    clearTimeout(next.timer)
    next.enter()
  }
}

class GatedRunner extends BetterSqlite3QueryRunner {
  readonly #gate: Gate

  constructor(driver: BetterSqlite3Driver, gate: Gate, statements: ReadonlyMap<string, unknown>) {
    super(driver)
    this.#gate = gate
    // Prepared statements belong to the connection, not to the runner: one cache for all (a private field of TypeORM).
    Reflect.set(this, 'stmtCache', statements)
  }

  override async startTransaction(level?: IsolationLevel): Promise<void> {
    const outermost = !this.#gate.isOwner(this)
    if (outermost) await this.#gate.acquire(this)
    try {
      await super.startTransaction(level)
    } catch (error) {
      if (outermost) this.#leave()
      throw error
    }
  }

  override async commitTransaction(): Promise<void> {
    await super.commitTransaction()
    if (!this.isTransactionActive) this.#leave()
  }

  override async rollbackTransaction(): Promise<void> {
    try {
      await super.rollbackTransaction()
    } finally {
      // SQLite may have rolled back by itself (disk full, I/O error): then the gate must open as well.
      if (this.#gate.isOwner(this) && (!this.isTransactionActive || !this.#inTransaction())) this.#leave()
    }
  }

  override async query(sql: string, parameters?: unknown[] | ObjectLiteral, structured?: boolean): ReturnType<BetterSqlite3QueryRunner['query']> {
    // IMMEDIATE takes the write lock at once, so that a transaction never fails half-way on SQLITE_BUSY.
    const statement = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : sql
    if (this.#gate.isOwner(this)) return super.query(statement, parameters, structured)
    await this.#gate.acquire(this)
    try {
      return await super.query(statement, parameters, structured)
    } finally {
      this.#gate.release()
    }
  }

  #inTransaction(): boolean {
    const connection: unknown = this.driver.databaseConnection
    return typeof connection === 'object' && connection !== null && 'inTransaction' in connection && connection.inTransaction === true
  }

  #leave(): void {
    this.isTransactionActive = false
    this.transactionDepth = 0
    if (this.#gate.isOwner(this)) this.#gate.release()
  }
}

/** Gives each query runner its own place in the queue for the one connection. Call after `initialize()`. */
export function installGate(source: DataSource): Gate {
  const driver = source.driver
  if (!(driver instanceof BetterSqlite3Driver)) throw new Invariant('the gate is for SQLite only')
  const gate = new Gate()
  const statements = new KeptStatements()
  driver.createQueryRunner = (): QueryRunner => new GatedRunner(driver, gate, statements)
  return gate
}
