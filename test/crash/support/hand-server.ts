import { migrations } from '../../../migrations/index.ts'
import { createApp } from '../../../server/app.ts'
import { createBackground } from '../../../server/background.ts'
import { wantHandBroadcasts } from '../../../server/broadcasts/index.ts'
import { loadConfig } from '../../../server/config.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { holdSqliteFile } from '../../../server/database/single-server.ts'
import { entities } from '../../../server/entities.ts'
import { createLog } from '../../../server/log.ts'
import { quickServices } from './quick-wecom.ts'

/**
 * The server, looking at WeCom's lists all the time instead of every ten minutes, and reading at once what it found. Made to be killed:
 * it has no other end.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  if (config.databaseUrl.startsWith('sqlite:')) holdSqliteFile(config.databaseUrl)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  const services = quickServices({ config, log, database })
  await createBackground(services, { leaseMs: 2_000 }).start()
  createApp(services).listen(config.port, config.host, () => log.info({ port: config.port }, 'server is listening'))
  for (;;) {
    await database.transaction(async (work) => {
      await work.db.query(`UPDATE outbox SET next_at = 0 WHERE kind = 'hand-broadcast.read' AND state = 'new'`)
      await wantHandBroadcasts(work)
    })
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
