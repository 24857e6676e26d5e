import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { openDatabase, type Database } from '../../server/database/database.ts'
import { migrateUp } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { migrations } from '../../migrations/index.ts'

export const mysqlUrl = process.env['TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306'

let mysqlAnswers: boolean | null = null

/** Whether a MySQL or MariaDB server answers; asked once. With CI=true a missing server is an error, not a skip. */
export async function mysqlIsUp(): Promise<boolean> {
  if (mysqlAnswers !== null) return mysqlAnswers
  try {
    const connection = await createConnection({ uri: mysqlUrl, connectTimeout: 2000 })
    await connection.end()
    mysqlAnswers = true
  } catch (error) {
    if (process.env['CI'] === 'true') throw new Error(`no MySQL at ${mysqlUrl}`, { cause: error })
    mysqlAnswers = false
  }
  return mysqlAnswers
}

export interface TestDatabase {
  readonly database: Database
  readonly url: string
  /** Closes the database and removes it from disk or server. */
  drop(): Promise<void>
}

export type TestDatabaseKind = 'sqlite' | 'mysql'

/** A new, empty, migrated database of its own. SQLite lives in a file, as in production. */
export async function testDatabase(kind: TestDatabaseKind, options: { migrate?: boolean } = {}): Promise<TestDatabase> {
  const target = kind === 'sqlite' ? sqliteTarget() : await mysqlTarget()
  const database = await openDatabase({ url: target.url, entities, migrations })
  if (options.migrate !== false) await migrateUp(database)
  return {
    database,
    url: target.url,
    drop: async () => {
      await database.close()
      await target.remove()
    },
  }
}

interface Target { readonly url: string; remove(): Promise<void> }

function sqliteTarget(): Target {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-test-'))
  return { url: `sqlite:${join(folder, 'scrm.db')}`, remove: async () => rmSync(folder, { recursive: true, force: true }) }
}

async function mysqlTarget(): Promise<Target> {
  const name = `scrm_test_${randomBytes(6).toString('hex')}`
  const run = async (sql: string) => {
    const connection = await createConnection(mysqlUrl)
    await connection.query(sql)
    await connection.end()
  }
  await run(`create database \`${name}\``)
  return { url: `${mysqlUrl.replace(/\/$/, '')}/${name}`, remove: () => run(`drop database \`${name}\``) }
}

/** The databases a suite runs on: always SQLite, and MySQL or MariaDB when one answers. */
export async function testDatabaseKinds(): Promise<TestDatabaseKind[]> {
  return (await mysqlIsUp()) ? ['sqlite', 'mysql'] : ['sqlite']
}
