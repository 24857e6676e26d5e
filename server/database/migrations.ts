import type { MigrationInterface, QueryRunner } from 'typeorm'
import { Table, TableColumn, TableIndex, type TableColumnOptions } from 'typeorm'
import { columnName, type ColumnSpec, type TableOptions } from './columns.ts'
import type { Database } from './database.ts'

/** The names of migrations that this program knows and the database has not run. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const known = database.source.migrations.map((migration) => migration.name ?? migration.constructor.name)
  const runner = database.source.createQueryRunner()
  try {
    if (!(await runner.hasTable('schema_migrations'))) return known
    const rows: { name: string }[] = await runner.query('select name from schema_migrations')
    const done = new Set(rows.map((row) => row.name))
    return known.filter((name) => !done.has(name))
  } finally {
    await runner.release()
  }
}

/** Runs every pending migration; several processes may call it at once. Returns the names of those that ran. */
export async function migrateUp(database: Database): Promise<string[]> {
  return withMigrationLock(database, async () => {
    const ran = await database.source.runMigrations({ transaction: database.kind === 'sqlite' ? 'each' : 'none' })
    return ran.map((migration) => migration.name)
  })
}

/** Takes back the newest migration. Tables that TypeORM would rebuild lose no child rows: foreign keys are off meanwhile. */
export async function migrateDown(database: Database): Promise<void> {
  await withMigrationLock(database, () =>
    database.source.undoLastMigration({ transaction: database.kind === 'sqlite' ? 'each' : 'none' }),
  )
}

async function withMigrationLock<T>(database: Database, run: () => Promise<T>): Promise<T> {
  if (database.kind === 'sqlite') {
    await database.source.query('PRAGMA foreign_keys = OFF')
    try {
      const result = await run()
      const broken: unknown[] = await database.source.query('PRAGMA foreign_key_check')
      if (broken.length > 0) throw new Error(`the migration left ${broken.length} rows without their parent`)
      return result
    } finally {
      await database.source.query('PRAGMA foreign_keys = ON')
    }
  }
  const runner = database.source.createQueryRunner()
  try {
    const rows: { got: unknown }[] = await runner.query(`select get_lock('wecom-scrm-migrations', 60) as got`)
    if (Number(rows[0]?.got) !== 1) throw new Error('another process is migrating this database')
    return await run()
  } finally {
    await runner.query(`select release_lock('wecom-scrm-migrations')`)
    await runner.release()
  }
}

export interface IndexPlan {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique?: boolean
}

/** Creates a table unless a former, half-finished run already did (MySQL commits after each statement). */
export async function createTable(
  runner: QueryRunner,
  name: string,
  columns: Readonly<Record<string, ColumnSpec>>,
  indexes: readonly IndexPlan[] = [],
  { clustered = false }: TableOptions = {},
): Promise<void> {
  const options = Object.entries(columns).map(([property, column]) => tableColumn(runner, columnName(property), column))
  if (!(await runner.hasTable(name))) await runner.createTable(new Table({ name, columns: options, withoutRowid: clustered }))
  const table = await runner.getTable(name)
  for (const index of indexes) {
    if (table?.indices.some((existing) => existing.name === index.name)) continue
    await runner.createIndex(name, new TableIndex({ name: index.name, columnNames: index.columns.map(columnName), isUnique: index.unique === true }))
  }
}

/** Adds an index unless it is there already. */
export async function addIndex(runner: QueryRunner, table: string, index: IndexPlan): Promise<void> {
  const known = (await runner.getTable(table))?.indices.some((existing) => existing.name === index.name) === true
  if (!known) await runner.createIndex(table, new TableIndex({ name: index.name, columnNames: index.columns.map(columnName), isUnique: index.unique === true }))
}

export async function dropIndex(runner: QueryRunner, table: string, name: string): Promise<void> {
  if ((await runner.getTable(table))?.indices.some((existing) => existing.name === name) === true) await runner.dropIndex(table, name)
}

export async function dropTable(runner: QueryRunner, name: string): Promise<void> {
  if (await runner.hasTable(name)) await runner.dropTable(name)
}

/** Adds a column unless it is there already. */
export async function addColumn(runner: QueryRunner, table: string, property: string, column: ColumnSpec): Promise<void> {
  const name = columnName(property)
  if (!(await runner.hasColumn(table, name))) await runner.addColumn(table, new TableColumn(tableColumn(runner, name, column)))
}

export async function dropColumn(runner: QueryRunner, table: string, property: string): Promise<void> {
  const name = columnName(property)
  if (await runner.hasColumn(table, name)) await runner.dropColumn(table, name)
}

function tableColumn(runner: QueryRunner, name: string, column: ColumnSpec): TableColumnOptions {
  const sqlite = runner.dataSource.options.type === 'better-sqlite3'
  return {
    name,
    type: sqlite ? sqliteType(column.type) : column.type,
    ...(column.length === undefined ? {} : { length: String(column.length) }),
    isNullable: column.nullable,
    isPrimary: column.primary,
  }
}

/** TypeORM reads `int` columns of SQLite back as `integer`; texts have no kinds there. */
function sqliteType(type: ColumnSpec['type']): string {
  if (type === 'int') return 'integer'
  return type === 'longtext' ? 'text' : type
}

/**
 * Gives text columns of the MySQL family another size; SQLite knows no sizes. What does not fit the smaller one stops the migration
 * instead of being cut. (TypeORM's own change of a type drops the column and its values.)
 */
export async function resizeText(runner: QueryRunner, table: string, property: string, column: ColumnSpec): Promise<void> {
  if (runner.dataSource.options.type === 'better-sqlite3') return
  const name = columnName(property)
  if (column.type === 'text') {
    const rows: { n: unknown }[] = await runner.query(`select count(*) as n from ${table} where length(${name}) > 65535`)
    if (Number(rows[0]?.n) > 0) throw new Error(`${table}.${name} holds texts of more than 64 KB: shorten them before this migration is taken back`)
  }
  await runner.query(`alter table ${table} modify ${name} ${column.type} ${column.nullable ? 'null' : 'not null'}`)
}

/** Makes byte-wise comparison the default of a MySQL database before its first table. SQLite compares so by itself. */
export async function useBytewiseComparison(runner: QueryRunner): Promise<void> {
  if (runner.dataSource.options.type === 'better-sqlite3') return
  const rows: { name: string }[] = await runner.query('select database() as name')
  const name = rows[0]?.name
  if (name === undefined) return
  await runner.query(`alter database \`${name.replaceAll('`', '``')}\` character set utf8mb4 collate utf8mb4_bin`)
}

export type MigrationClass = new () => MigrationInterface
