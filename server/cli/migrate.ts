import 'dotenv/config'
import { cac } from 'cac'
import { migrations } from '../../migrations/index.ts'
import { loadDatabaseUrl } from '../config.ts'
import { openDatabase } from '../database/database.ts'
import { migrateDown, migrateUp, pendingMigrations } from '../database/migrations.ts'
import { entities } from '../entities.ts'
import { runCommand } from './run-command.ts'

/** `npm run migrate` brings the database to this program's schema; `-- down` takes the newest migration back; `-- status` only tells. */
const cli = cac('migrate')

async function withDatabase(use: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<void>): Promise<void> {
  const database = await openDatabase({ url: loadDatabaseUrl(process.env), entities, migrations })
  try {
    await use(database)
  } finally {
    await database.close()
  }
}

cli.command('', 'runs every pending migration').action(() => withDatabase(async (database) => {
  const ran = await migrateUp(database)
  console.log(ran.length === 0 ? 'The database is up to date.' : `Ran ${ran.length} migration(s): ${ran.join(', ')}`)
}))
cli.command('down', 'takes the newest migration back').action(() => withDatabase(async (database) => {
  await migrateDown(database)
  console.log('Took the newest migration back.')
}))
cli.command('status', 'tells what is pending').action(() => withDatabase(async (database) => {
  const pending = await pendingMigrations(database)
  console.log(pending.length === 0 ? 'The database is up to date.' : `Pending: ${pending.join(', ')}`)
}))
await runCommand(cli)
