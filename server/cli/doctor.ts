import 'dotenv/config'
import { cac } from 'cac'
import { migrations } from '../../migrations/index.ts'
import { BadConfiguration, loadConfig, type Config } from '../config.ts'
import { listFaults } from '../customers/index.ts'
import { openDatabase } from '../database/database.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { entities } from '../entities.ts'
import { createLog } from '../log.ts'
import { createServices, type Services } from '../services.ts'
import { WecomError, WecomUnreachable } from '../wecom/index.ts'
import { runCommand } from './run-command.ts'

/** `npm run doctor`: checks configuration, database and every WeCom permission the product needs; one line each with the remedy. */
interface Check {
  readonly what: string
  readonly remedy: string
  readonly run: (services: Services) => Promise<unknown>
}

/** Customers: a glance, which the nightly repair makes good for all of them. */
const mostCompared = 2_000

const checks: readonly Check[] = [
  { what: 'database schema', remedy: 'run "npm run migrate"', run: async ({ database }) => {
    const pending = await pendingMigrations(database)
    if (pending.length > 0) throw new Error(`${pending.length} migration(s) pending`)
  } },
  { what: 'tables behind lists', remedy: 'run "npm run admin -- relist"', run: async ({ database }) => {
    const { different, open } = await listFaults(database.db, mostCompared)
    if (different.length > 0 && open.length === 0) throw new Error(`they say something else than the facts about ${different.length} customer(s) or more`)
  } },
  { what: 'Redis', remedy: 'check REDIS_URL, or leave it out for a single process', run: async ({ redis }) => redis?.ping() },
  { what: 'access token', remedy: 'check WECOM_CORP_ID and WECOM_SECRET; add this server\'s address to the app\'s trusted IPs (企业可信IP)', run: ({ wecom }) => wecom.getApp() },
  { what: 'directory', remedy: 'give the app a visible range (可见范围) that holds your staff', run: ({ wecom }) => wecom.listDepartments() },
  { what: 'customer contact', remedy: 'list the app under 客户联系 → 可调用接口的应用', run: ({ wecom }) => wecom.listFollowUsers() },
  { what: 'customer tags', remedy: 'list the app under 客户联系 → 可调用接口的应用', run: ({ wecom }) => wecom.listCorpTags() },
  { what: 'sidebar signatures', remedy: 'set the app\'s trusted domain (可信域名) to the host of PUBLIC_URL and prove its ownership', run: async ({ wecom, config }) => {
    await wecom.signJsapi({ url: `${config.publicUrl}/sidebar/`, kind: 'corp' })
    await wecom.signJsapi({ url: `${config.publicUrl}/sidebar/`, kind: 'agent' })
  } },
  { what: 'trusted domain', remedy: 'set the app\'s trusted domain (可信域名) to the host of PUBLIC_URL, exactly and with its port', run: async ({ wecom, config }) => {
    const { trustedDomain } = await wecom.getApp()
    if (trustedDomain !== new URL(config.publicUrl).host) throw new Error('it is another host')
  } },
  { what: 'directory assistant', remedy: 'set WECOM_CONTACT_SECRET, or leave it out: then those who leave are found within ten minutes', run: async ({ wecom }) => (wecom.hasContactSecret ? wecom.listUserIds() : null) },
]

function reasonOf(error: unknown): string {
  if (error instanceof WecomError) return `WeCom answered ${error.errcode} to ${error.endpoint}`
  if (error instanceof WecomUnreachable) return `WeCom cannot be reached (${error.reason})`
  return error instanceof Error ? error.message : 'failed'
}

async function examine(config: Config): Promise<number> {
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  const services = createServices({ config, log: createLog('silent'), database })
  let bad = 0
  try {
    for (const check of checks) {
      try {
        await check.run(services)
        console.log(`ok       ${check.what}`)
      } catch (error) {
        bad += 1
        console.log(`PROBLEM  ${check.what}: ${reasonOf(error)}. Remedy: ${check.remedy}.`)
      }
    }
  } finally {
    services.redis?.disconnect()
    await database.close()
  }
  return bad
}

const cli = cac('doctor')
cli.command('', 'checks configuration and WeCom permissions').action(async () => {
  try {
    const config = loadConfig(process.env)
    console.log('ok       configuration')
    if (await examine(config) > 0) process.exitCode = 1
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error
    for (const problem of error.problems) console.log(`PROBLEM  configuration ${problem}`)
    process.exitCode = 1
  }
})
await runCommand(cli)
