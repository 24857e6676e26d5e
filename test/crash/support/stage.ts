import { pino } from 'pino'
import { ensureRoleTemplates, ensureTemplateRules } from '../../../server/access/index.ts'
import { createBackground } from '../../../server/background.ts'
import { loadConfig } from '../../../server/config.ts'
import { entrances, type Entrance } from '../../../server/entrances/index.ts'
import type { Company } from '../../company/company.ts'
import { readCompany } from '../../demo/read-company.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.ts'
import { testDatabase, type TestDatabase, type TestDatabaseKind } from '../../support/databases.ts'
import { testEnvironment, testSecrets } from '../../support/test-app.ts'
import { quickServices } from './quick-wecom.ts'

/** WeCom's clock: runs half a minute behind ours at first, as clocks do, and can be put forward. */
export interface WecomClock {
  now(): number
  advance(ms: number): void
}

function wecomClock(): WecomClock {
  let offset = -30_000
  return { now: () => Date.now() + offset, advance: (ms) => { offset += ms } }
}

export interface Stage {
  readonly company: Company
  readonly clock: WecomClock
  readonly simulator: Simulator
  readonly test: TestDatabase
  readonly env: Readonly<Record<string, string>>
  /** The stores' codes, ready in WeCom. */
  readonly entrances: readonly Entrance[]
  stop(): Promise<void>
}

export interface StageOptions {
  readonly company: Company
  readonly database: TestDatabaseKind
  readonly simulator?: Partial<SimulatorOptions>
}

/** WeCom and a database that has read its company: everything before the first server starts. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const clock = wecomClock()
  const simulator = await startSimulator({
    company: options.company, corpId: testSecrets.corpId, agentId: testSecrets.agentId, secret: testSecrets.secret,
    callback: { url: 'http://127.0.0.1:9/wecom/callback', token: testSecrets.token, aesKey: testSecrets.aesKey },
    webview: { target: 'http://127.0.0.1:9' }, limits: { perMinute: 1_000_000, perHour: 1_000_000 }, clock: clock.now, ...options.simulator,
  })
  const test = await testDatabase(options.database)
  const env = { ...testEnvironment(simulator, test), LOG_LEVEL: 'info' }
  const services = quickServices({ config: loadConfig(env), log: pino({ level: 'silent' }), database: test.database })
  await test.database.transaction(async (work) => {
    await ensureRoleTemplates(work, Date.now())
    await ensureTemplateRules(work)
  })
  await readCompany(services, createBackground(services), options.company)
  const ready = await test.database.db.getRepository(entrances).findBy({ status: 'ready' })
  return {
    company: options.company, clock, simulator, test, env, entrances: ready,
    stop: async () => {
      await simulator.stop()
      await test.drop()
    },
  }
}
