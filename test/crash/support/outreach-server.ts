import { migrations } from '../../../migrations/index.ts'
import { createApp } from '../../../server/app.ts'
import { createBackground } from '../../../server/background.ts'
import { loadConfig } from '../../../server/config.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { holdSqliteFile } from '../../../server/database/single-server.ts'
import { entities } from '../../../server/entities.ts'
import { createLog } from '../../../server/log.ts'
import { createOutreach } from '../../../server/outreach/index.ts'
import { quickServices } from './quick-wecom.ts'

/**
 * The server with a domain that plans broadcasts and lets everybody through, and with short patience: what a killed process left is
 * taken up after two seconds instead of a minute. Made to be killed: it has no other end.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  if (config.databaseUrl.startsWith('sqlite:')) holdSqliteFile(config.databaseUrl)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  const services = quickServices({ config, log, database })
  const outreach = createOutreach({ database, audit: services.audit, clock: services.clock, log, zone: config.zone, timing: { settleMs: 2_000, leaseMs: 2_000 } })
  outreach.register({ name: 'crash', check: () => Promise.resolve({ refused: null, leftOut: new Map() }), settled: () => Promise.resolve() })
  await createBackground({ ...services, outreach }).start()
  createApp(services).listen(config.port, config.host, () => log.info({ port: config.port }, 'server is listening'))
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
