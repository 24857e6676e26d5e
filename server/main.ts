import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Server } from 'node:http'
import { config as readEnvFile } from 'dotenv'
import { migrations } from '../migrations/index.ts'
import { ensureRoleTemplates, ensureTemplateRules } from './access/index.ts'
import { createApp } from './app.ts'
import { createBackground, type Background } from './background.ts'
import { BadConfiguration, loadConfig, type Config } from './config.ts'
import { openDatabase, type Database } from './database/database.ts'
import { pendingMigrations } from './database/migrations.ts'
import { DatabaseInUse, holdSqliteFile } from './database/single-server.ts'
import { entities } from './entities.ts'
import { createLog } from './log.ts'
import { currentPolicy } from './policy/index.ts'
import { createServices, type Services } from './services.ts'

/** The schema is older than this program: it does not start, and says what to do. */
class SchemaBehind extends Error {
  constructor(pending: readonly string[]) {
    super(`the database lacks ${pending.length} migration(s): ${pending.join(', ')}. Run "npm run migrate" first.`)
    this.name = 'SchemaBehind'
  }
}

async function main(): Promise<void> {
  // A development convenience; production sets its environment itself.
  if (existsSync('.env') && process.env['NODE_ENV'] !== 'production') readEnvFile({ quiet: true })
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  if (config.databaseUrl.startsWith('sqlite:')) mkdirSync(dirname(config.databaseUrl.slice('sqlite:'.length)), { recursive: true })
  const lock = holdSqliteFile(config.databaseUrl)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  await refuseOldSchema(database)
  const services = createServices({ config, log, database })
  await database.transaction(async (work) => {
    await ensureRoleTemplates(work, Date.now())
    await ensureTemplateRules(work)
  })
  // What an upgrade brought becomes a version of the policy before anybody edits it.
  await currentPolicy(services.policy)
  const background = createBackground(services)
  await background.start()
  const server = await listen(services)
  log.info({ port: portOf(server), database: database.kind }, 'server is listening')
  stopOnSignal({ config, services, background, server, release: lock.release })
}

async function refuseOldSchema(database: Database): Promise<void> {
  const pending = await pendingMigrations(database)
  if (pending.length > 0) throw new SchemaBehind(pending)
}

/** Longer than a reverse proxy keeps an idle connection (60 s as a rule): who closes last never meets a request on the way. */
const keepAliveMs = 75_000

function listen(services: Services): Promise<Server> {
  const { host, port } = services.config
  return new Promise((resolve, reject) => {
    const server = createApp(services).listen(port, host, () => resolve(server))
    server.keepAliveTimeout = keepAliveMs
    server.once('error', reject)
  })
}

function portOf(server: Server): number | null {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : null
}

interface Running {
  readonly config: Config
  readonly services: Services
  readonly background: Background
  readonly server: Server
  readonly release: () => void
}

const patienceMs = 15_000

/** First no new requests, then workers finish what they hold, then the database closes. Whatever is cut off is found again by its rows. */
function stopOnSignal(running: Running): void {
  let stopping = false
  const stop = async () => {
    const { services, background, server } = running
    setTimeout(() => process.exit(1), patienceMs).unref()
    await closeGently(server)
    await background.stop()
    services.redis?.disconnect()
    await services.database.close()
    running.release()
    services.log.info({}, 'server has stopped')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      stop().then(() => process.exit(0), () => process.exit(1))
    })
  }
}

/** Takes no new connection, and ends each kept one after its answer: its caller would otherwise send one request after the other for ever. */
function closeGently(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'))
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(idle)
      resolve()
    })
  })
}

main().catch((error: unknown) => {
  const known = error instanceof BadConfiguration || error instanceof SchemaBehind || error instanceof DatabaseInUse
  console.error(known ? `The server did not start: ${error.message}` : error)
  process.exit(1)
})
