import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino, type Logger } from 'pino'
import { ensureRoleTemplates, ensureTemplateRules } from '../../server/access/index.ts'
import { createApp } from '../../server/app.ts'
import { createBackground, type Background } from '../../server/background.ts'
import { loadConfig, type Config } from '../../server/config.ts'
import { createServices, type ServiceOptions, type Services } from '../../server/services.ts'
import type { Company } from '../company/company.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator/index.ts'
import { readCompany } from '../demo/read-company.ts'
import { testDatabase, type TestDatabase, type TestDatabaseKind } from './databases.ts'
import { expectTrueLists } from './lists.ts'
import { signIn, type Person } from './person.ts'

export const testSecrets = {
  corpId: 'wwa1b2c3d4e5f60718', agentId: 1_000_002, secret: 'app-secret-for-tests',
  token: 'ScrmTestToken2026', aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
} as const

export interface TestApp {
  readonly services: Services
  readonly background: Background
  readonly simulator: Simulator
  readonly config: Config
  /** Where the server itself listens; `config.publicUrl` is the simulator's webview. */
  readonly url: string
  /** Signs in through WeCom's OAuth, as the sidebar does. */
  as(userid: string): Promise<Person>
  /** Waits for callbacks to arrive and handles everything that is due. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export interface TestAppOptions {
  readonly company: Company
  readonly database?: TestDatabaseKind
  readonly simulator?: Partial<SimulatorOptions>
  readonly env?: Readonly<Record<string, string>>
  /** The clock of server and WeCom; the machine's by default. */
  readonly clock?: () => number
  readonly broadcastPorts?: NonNullable<ServiceOptions['broadcastPorts']>
  /** Where the server logs; silent by default. */
  readonly log?: Logger
  /** Skips reading the company and filling our own facts. */
  readonly empty?: boolean
  /** Lets the workers run by themselves instead of by `settle`. */
  readonly live?: boolean
}

/** The real app on a real database against the simulator. Only WeCom is ours. */
export async function testApp(options: TestAppOptions): Promise<TestApp> {
  const simulator = await startSimulator({
    company: options.company, corpId: testSecrets.corpId, agentId: testSecrets.agentId, secret: testSecrets.secret,
    callback: { url: 'http://127.0.0.1:9/wecom/callback', token: testSecrets.token, aesKey: testSecrets.aesKey },
    webview: { target: 'http://127.0.0.1:9' },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...options.simulator,
  })
  const test = await testDatabase(options.database ?? 'sqlite')
  const config = loadConfig({ ...testEnvironment(simulator, test), ...options.env })
  const services = createServices({ config, log: options.log ?? pino({ level: process.env['TEST_LOG'] ?? 'silent' }), database: test.database, ...(options.clock === undefined ? {} : { clock: options.clock }), ...(options.broadcastPorts === undefined ? {} : { broadcastPorts: options.broadcastPorts }) })
  await test.database.transaction(async (work) => {
    await ensureRoleTemplates(work, Date.now())
    await ensureTemplateRules(work)
  })
  const background = createBackground(services)
  const server = await listen(services)
  const url = `http://127.0.0.1:${portOf(server)}`
  simulator.connect({ target: url, callbackUrl: `${url}/wecom/callback`, contactCallbackUrl: `${url}/wecom/callback` })
  if (options.empty !== true) await readCompany(services, background, options.company)
  if (options.live === true) await background.start()
  return {
    services, background, simulator, config, url,
    as: (userid) => signIn({ url, publicUrl: config.publicUrl, userid }),
    settle: async () => {
      await simulator.controls.callbacksIdle()
      await background.drain()
    },
    stop: () => stopAll({ simulator, background, server, test }),
  }
}

export function testEnvironment(simulator: Simulator, test: Pick<TestDatabase, 'url'>): Record<string, string> {
  return {
    NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', PUBLIC_URL: simulator.publicUrl, DATABASE_URL: test.url,
    SESSION_SECRET: 'a session secret that is only for tests', DATA_KEY: 'a data key of 32 and more characters',
    WECOM_CORP_ID: testSecrets.corpId, WECOM_AGENT_ID: String(testSecrets.agentId), WECOM_SECRET: testSecrets.secret,
    WECOM_CALLBACK_TOKEN: testSecrets.token, WECOM_CALLBACK_AES_KEY: testSecrets.aesKey,
    WECOM_API_BASE: simulator.apiBase, WECOM_OAUTH_BASE: simulator.oauthBase, WECOM_LOGIN_BASE: simulator.loginBase,
  }
}

function listen(services: Services): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createApp(services).listen(0, '127.0.0.1', () => resolve(server))
    // A slow machine pauses for longer than Node's five seconds; a request must not meet a connection that is being closed.
    server.keepAliveTimeout = 600_000
    server.once('error', reject)
  })
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function stopAll(parts: { simulator: Simulator; background: Background; server: Server; test: TestDatabase }): Promise<void> {
  await parts.simulator.stop()
  parts.server.closeAllConnections()
  await new Promise((resolve) => parts.server.close(resolve))
  await parts.background.stop()
  try {
    await expectTrueLists(parts.test.database)
  } finally {
    await parts.test.drop()
  }
}
