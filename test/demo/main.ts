import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { ensureRoleTemplates, ensureTemplateRules } from '../../server/access/index.ts'
import { createBackground } from '../../server/background.ts'
import { loadConfig } from '../../server/config.ts'
import { openDatabase } from '../../server/database/database.ts'
import { migrateUp } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { createServices } from '../../server/services.ts'
import { migrations } from '../../migrations/index.ts'
import { generateCompany } from '../company/generate.ts'
import type { Company } from '../company/company.ts'
import { startSimulator, type Simulator } from '../simulator/index.ts'
import { fillTemplates } from './fill-templates.ts'
import { makeGroups } from './make-groups.ts'
import { readCompany } from './read-company.ts'

/** `npm run demo`: builds, fills a company into an embedded database, starts the WeCom simulator and the server. */
const secrets = {
  corpId: 'wwdemo0000000000ab', agentId: 1_000_002, secret: randomBytes(16).toString('hex'),
  token: randomBytes(12).toString('hex'), aesKey: randomBytes(60).toString('base64').replace(/[^A-Za-z0-9]/g, '').slice(0, 43),
}
const folder = join(process.cwd(), 'data', 'demo')

async function main(): Promise<void> {
  const began = Date.now()
  if (!process.argv.includes('--no-build')) build()
  const company = generateCompany({ now: Date.now() })
  const serverPort = await freePort(3000)
  const simulator = await startSimulator({
    company, corpId: secrets.corpId, agentId: secrets.agentId, secret: secrets.secret,
    callback: { url: `http://127.0.0.1:${serverPort}/wecom/callback`, token: secrets.token, aesKey: secrets.aesKey },
    port: await freePort(8091), webview: { port: await freePort(8090), target: `http://127.0.0.1:${serverPort}` },
  })
  makeGroups(simulator, company, Date.now())
  const env = environment(simulator, serverPort)
  say(`正在准备演示公司：${company.staff.length} 名成员，${company.customers.length} 位客户 …`)
  await fill(company, env)
  const server = startServer(env)
  stopTogether(server, simulator)
  await untilReady(`http://127.0.0.1:${serverPort}/readyz`, server)
  say('')
  say(`演示已就绪（${Math.round((Date.now() - began) / 1000)} 秒）：`)
  say(`  企业微信模拟器  ${simulator.publicUrl}/__simulator/`)
  say(`  侧边栏          ${simulator.publicUrl}/sidebar/`)
  say(`  管理后台        ${simulator.publicUrl}/console/`)
  say('按 Ctrl-C 结束。')
}

function build(): void {
  say('正在构建 …')
  const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
  if (built.status !== 0) throw new Error('the build failed')
}

function environment(simulator: Simulator, port: number): Record<string, string> {
  return {
    NODE_ENV: 'production', LOG_LEVEL: 'warn', HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: simulator.publicUrl,
    DATABASE_URL: `sqlite:${join(folder, 'scrm.db')}`, REDIS_URL: '',
    SESSION_SECRET: randomBytes(32).toString('hex'), DATA_KEY: randomBytes(32).toString('hex'),
    WECOM_CORP_ID: secrets.corpId, WECOM_AGENT_ID: String(secrets.agentId), WECOM_SECRET: secrets.secret,
    WECOM_CALLBACK_TOKEN: secrets.token, WECOM_CALLBACK_AES_KEY: secrets.aesKey,
    WECOM_API_BASE: simulator.apiBase, WECOM_OAUTH_BASE: simulator.oauthBase, WECOM_LOGIN_BASE: simulator.loginBase,
  }
}

/** A new demo each time: the simulator keeps nothing either. */
async function fill(company: Company, env: Record<string, string>): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const config = loadConfig(env)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  await migrateUp(database)
  // Filling may be repeated from the start, so it need not wait for the disk at every step; the server itself does.
  await database.source.query('PRAGMA synchronous = OFF')
  const services = createServices({ config, log: pino({ level: 'warn' }), database })
  await database.transaction(async (work) => {
    await ensureRoleTemplates(work, Date.now())
    await ensureTemplateRules(work)
  })
  await readCompany(services, createBackground(services), company)
  await fillTemplates(services)
  await database.close()
}

function startServer(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--enable-source-maps', join(process.cwd(), 'dist', 'main.js')], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] })
}

function stopTogether(server: ChildProcess, simulator: Simulator): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    server.kill('SIGTERM')
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  server.on('exit', (code) => {
    void simulator.stop().finally(() => process.exit(stopping ? 0 : (code ?? 1)))
  })
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (server.exitCode !== null) throw new Error('the server did not start')
    const ready = await fetch(url).then((response) => response.ok, () => false)
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the server did not become ready')
}

/** The wanted port, or another free one when somebody has it. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const got = await new Promise<number | null>((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(null))
      probe.listen(port, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null))
      })
    })
    if (got !== null) return got
  }
  throw new Error('no free port')
}

const say = (line: string) => process.stdout.write(`${line}\n`)

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
