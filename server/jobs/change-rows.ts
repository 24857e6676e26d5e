import type { EntityManager } from 'typeorm'

/**
 * Runs one UPDATE as it is written, inside the manager's transaction if it has one. Returns how many rows it matched:
 * both databases count a row that already held the new values.
 */
export async function changeRows(db: EntityManager, sql: string, parameters?: unknown[]): Promise<number> {
  const own = db.queryRunner === undefined ? db.dataSource.createQueryRunner() : null
  const runner = db.queryRunner ?? own
  try {
    const result = await runner?.query(sql, parameters, true)
    return result?.affected ?? 0
  } finally {
    await own?.release()
  }
}
