import type { QueryRunner, TableIndex } from 'typeorm'
import type { Database } from '../../../server/database/database.ts'

export type Cell = string | number | null

const rowsAtOnce = 2_000

/**
 * Many rows into one table, quickly: prepared statements in one transaction on SQLite, long statements on MySQL; between `begin`
 * and `end` without the table's indexes, which are made at the end as the migrations made them.
 */
export class BulkTable {
  readonly #database: Database
  readonly #table: string
  readonly #columns: readonly string[]
  #rows: (readonly Cell[])[] = []
  #indexes: TableIndex[] = []

  constructor(database: Database, table: string, columns: readonly string[]) {
    this.#database = database
    this.#table = table
    this.#columns = columns
  }

  async begin(): Promise<void> {
    await this.#withRunner(async (runner) => {
      this.#indexes = [...(await runner.getTable(this.#table))?.indices ?? []]
      for (const index of this.#indexes) await runner.dropIndex(this.#table, index.name ?? '')
    })
  }

  /** Not awaited row by row where nothing is written yet. */
  add(row: readonly Cell[]): Promise<void> | undefined {
    this.#rows.push(row)
    return this.#rows.length < rowsAtOnce ? undefined : this.flush()
  }

  async flush(): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    if (rows.length === 0) return
    const into = `INSERT INTO ${this.#table} (${this.#columns.join(', ')}) VALUES`
    if (this.#database.kind !== 'sqlite') {
      await this.#database.db.query(`${into} ${rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')}`)
      return
    }
    await this.#database.onConnection((connection) => {
      const insert = connection.prepare(`${into} (${this.#columns.map(() => '?').join(', ')})`)
      connection.transaction(() => { for (const row of rows) insert.run(row) })()
    })
  }

  async end(): Promise<void> {
    await this.flush()
    await this.#withRunner(async (runner) => {
      for (const index of this.#indexes) await runner.createIndex(this.#table, index)
      if (this.#database.kind !== 'sqlite') await runner.query(`ANALYZE TABLE ${this.#table}`)
    })
  }

  async #withRunner(use: (runner: QueryRunner) => Promise<void>): Promise<void> {
    const runner = this.#database.source.createQueryRunner()
    try {
      await use(runner)
    } finally {
      await runner.release()
    }
  }
}

/** The values are ours and hold neither quotes nor backslashes. */
const literal = (cell: Cell): string => (cell === null ? 'NULL' : typeof cell === 'number' ? String(cell) : `'${cell.replace(/['\\]/g, '')}'`)
