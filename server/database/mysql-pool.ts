import { createPool, type Pool, type PoolOptions } from 'mysql2'
import { Invariant } from '../errors.ts'

/** Statements that pass by TypeORM: what it does around each one costs half as much as a callback does in all. */
export interface Statements {
  /** Runs one statement on any connection of the pool. */
  run(sql: string, done: (error: Error | null) => void): void
}

/**
 * What TypeORM needs of mysql2, with connections that work at READ COMMITTED from their first statement on. No rule of ours
 * relies on gap locks; every claim is a conditional update. Asking for the level with each transaction would cost a round
 * trip each, and leave single statements at the server's default, where they lock gaps.
 */
export function readCommittedMysql(): Statements & { createPool(options: PoolOptions): Pool } {
  let pool: Pool | null = null
  return {
    createPool: (options) => {
      pool = createPool(options)
      pool.on('connection', (connection) => {
        connection.query('set session transaction isolation level read committed', (error) => {
          if (error !== null) connection.destroy()
        })
        // MariaDB writes down the answer of each subquery, in case the same row is asked about again. MySQL does not, and refuses this.
        connection.query(`set session optimizer_switch = 'subquery_cache=off'`, () => undefined)
      })
      return pool
    },
    run: (sql, done) => {
      if (pool === null) throw new Invariant('the pool is not open')
      pool.query(sql, (error) => done(error))
    },
  }
}
