import { createPool, type Pool, type PoolOptions } from 'mysql2'

/**
 * What TypeORM needs of mysql2, with connections that work at READ COMMITTED from their first statement on. No rule of ours
 * relies on gap locks; every claim is a conditional update. Asking for the level with each transaction would cost a round
 * trip each, and leave single statements at the server's default, where they lock gaps.
 */
export const readCommittedMysql = {
  createPool: (options: PoolOptions): Pool => {
    const pool = createPool(options)
    pool.on('connection', (connection) => {
      connection.query('set session transaction isolation level read committed', (error) => {
        if (error !== null) connection.destroy()
      })
    })
    return pool
  },
}
