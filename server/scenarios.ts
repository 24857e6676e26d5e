import { migrations } from '../migrations/index.ts'
import { exportScenario as exportScenarioIn, runScenario as runScenarioIn, type ScenarioOptions, type ScenarioPolicy, type ScenarioResult } from './access/index.ts'
import { openDatabase, type Database } from './database/database.ts'
import { migrateUp } from './database/migrations.ts'
import { entities } from './entities.ts'

/** An empty database with every table of the product, in memory, for one policy file. */
async function openScratch(): Promise<Database> {
  const database = await openDatabase({ url: 'sqlite::memory:', entities, migrations })
  await migrateUp(database)
  return database
}

/**
 * Asks the questions of a policy file (docs/policy-tests.md) of both executions of the rules. With `policy` its rules take the
 * place of the file's. Throws ScenarioInvalid for a file that cannot be asked.
 */
export function runScenario(text: string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  return runScenarioIn(text, openScratch, options)
}

/**
 * The rules in force, or `policy` instead, as a policy file with examples of this company and today's decisions about them; nothing
 * personal is in it. Throws ScenarioInvalid when a rule in force cannot be read.
 */
export function exportScenario(database: Pick<Database, 'db'>, now: number, policy?: ScenarioPolicy): Promise<string> {
  return exportScenarioIn(database.db, now, openScratch, policy)
}
