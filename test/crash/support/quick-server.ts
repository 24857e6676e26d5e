import { migrations } from '../../../migrations/index.ts'
import { createApp } from '../../../server/app.ts'
import { createBackground } from '../../../server/background.ts'
import { loadConfig } from '../../../server/config.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { holdSqliteFile } from '../../../server/database/single-server.ts'
import { entities } from '../../../server/entities.ts'
import { createLog } from '../../../server/log.ts'
import { quickServices } from './quick-wecom.ts'

/** The server as `server/main.ts` starts it, with `quickServices`. Made to be killed: it has no other end. */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  holdSqliteFile(config.databaseUrl)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  const services = quickServices({ config, log, database })
  // What is tested is that another takes over, not how long it waits.
  await createBackground(services, { leaseMs: 15_000 }).start()
  createApp(services).listen(config.port, config.host, () => log.info({ port: config.port }, 'server is listening'))
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
