import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { migrateDown } from '../../server/database/migrations.ts'
import { migrations } from '../../migrations/index.ts'
import { generateCompany } from '../company/generate.ts'
import { sealEvent } from '../simulator/callbacks/envelope.ts'
import { testDatabase, testDatabaseKinds } from '../support/databases.ts'
import { testSecrets } from '../support/test-app.ts'
import { deadLetters, inboxOf, relationsHere, relationsInWecom, untilQuiet } from './support/proof.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { setStage, type Stage } from './support/stage.ts'
import { startTraffic } from './support/traffic.ts'

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
const kinds = await testDatabaseKinds()
const names = migrations.map((migration) => migration.name)

/** The program as it is shipped. */
let program: Bundle
const started: ServerProcess[] = []

beforeAll(async () => {
  program = await bundle('server/main.ts')
})
afterAll(() => program.remove())
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
})

function start(env: Readonly<Record<string, string>>, options: { cwd?: string } = {}): ServerProcess {
  const server = startProcess(program.file, env, options)
  started.push(server)
  return server
}

/** The environment of a server without a WeCom that answers. */
const environment = (databaseUrl: string): Record<string, string> => ({
  NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', PUBLIC_URL: 'http://127.0.0.1:9', DATABASE_URL: databaseUrl,
  SESSION_SECRET: 'a session secret that is only for tests', DATA_KEY: 'a data key of 32 and more characters',
  WECOM_CORP_ID: testSecrets.corpId, WECOM_AGENT_ID: String(testSecrets.agentId), WECOM_SECRET: testSecrets.secret,
  WECOM_CALLBACK_TOKEN: testSecrets.token, WECOM_CALLBACK_AES_KEY: testSecrets.aesKey, WECOM_API_BASE: 'http://127.0.0.1:9',
})

describe('a server that must not start', { timeout: 120_000 }, () => {
  it('refuses a SQLite file on which another server works, and gets it the moment that one is gone', async () => {
    const test = await testDatabase('sqlite')
    try {
      const port = await freePort()
      const first = start({ ...environment(test.url), PORT: String(port) })
      await first.listening
      const second = start(environment(test.url))
      expect(await second.ended).toEqual({ code: 1, signal: null })
      const lines = second.output().trim().split('\n')
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^The server did not start: another server uses .*scrm\.db: SQLite takes one server process, use MySQL for several$/)
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)

      first.kill('SIGKILL')
      await first.ended
      const third = start(environment(test.url))
      await third.listening
    } finally {
      await test.drop()
    }
  })

  it.each(kinds)('refuses an empty database and one that lacks the newest migration, on %s', async (kind) => {
    const test = await testDatabase(kind, { migrate: false })
    try {
      const empty = start(environment(test.url))
      expect(await empty.ended).toEqual({ code: 1, signal: null })
      expect(empty.output()).toContain(`lacks ${names.length} migration(s): ${names.join(', ')}. Run "npm run migrate" first.`)
    } finally {
      await test.drop()
    }
    const behind = await testDatabase(kind)
    try {
      await migrateDown(behind.database)
      const server = start(environment(behind.url))
      expect(await server.ended).toEqual({ code: 1, signal: null })
      expect(server.output()).toContain(`lacks 1 migration(s): ${names.at(-1)}.`)
      expect(server.output()).not.toContain('server is listening')
    } finally {
      await behind.drop()
    }
  })

  it('names every problem of its configuration at once, and no value', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scrm-config-'))
    try {
      const bad = {
        NODE_ENV: 'production', PORT: '99999', PUBLIC_URL: 'ftp://crm.bad-value.example', DATABASE_URL: 'postgres://bad-value@db/scrm', REDIS_URL: 'bad-value',
        SESSION_SECRET: 'bad-value', DATA_KEY: 'bad-value-1,bad-value-2', WECOM_AGENT_ID: 'bad-value', WECOM_SECRET: ' ', WECOM_CALLBACK_TOKEN: 'bad value',
        WECOM_CALLBACK_AES_KEY: 'bad-value', WECOM_CONTACT_CALLBACK_TOKEN: 'badvalue', WECOM_API_BASE: 'bad-value', COMPANY_ZONE: 'bad/value',
      }
      const server = start(bad, { cwd: folder })
      expect(await server.ended).toEqual({ code: 1, signal: null })
      const lines = server.output().trim().split('\n')
      const named = lines.flatMap((line) => /^ {2}- ([A-Z_]+)/.exec(line)?.[1] ?? []).sort()
      expect(named).toEqual([
        'COMPANY_ZONE', 'DATABASE_URL', 'DATA_KEY', 'PORT', 'PUBLIC_URL', 'REDIS_URL', 'SESSION_SECRET', 'WECOM_AGENT_ID', 'WECOM_API_BASE',
        'WECOM_CALLBACK_AES_KEY', 'WECOM_CALLBACK_TOKEN', 'WECOM_CONTACT_CALLBACK_TOKEN', 'WECOM_CORP_ID', 'WECOM_SECRET',
      ])
      expect(lines[0]).toBe('The server did not start: the configuration has 14 problem(s):')
      expect(server.output()).not.toMatch(/bad.?value/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** A callback that is sent by hand: the head and half of the body now, the rest later. */
function beginCallback(port: number, message: string): { finish(): Promise<string> } {
  const { url, body } = seal(port, message)
  const { pathname, search } = new URL(url)
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let answer = ''
  const over = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.includes('\r\n\r\n')) resolve(answer)
    })
    socket.on('error', (error) => resolve(String(error)))
    socket.on('close', () => resolve(answer === '' ? 'closed without an answer' : answer))
  })
  const half = Math.floor(body.length / 2)
  socket.write(`POST ${pathname}${search} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/xml\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, half)}`)
  return {
    finish: async () => {
      socket.write(body.slice(half))
      const text = await over
      return text.split('\r\n')[0] ?? ''
    },
  }
}

function seal(port: number, message: string): { url: string; body: string } {
  const target = { url: `http://127.0.0.1:${port}/wecom/callback`, token: testSecrets.token, aesKey: testSecrets.aesKey }
  return sealEvent(target, testSecrets.corpId, testSecrets.agentId, message, Date.now())
}

let number = 0

function unknownEvent(): string {
  number += 1
  return `<xml><ToUserName><![CDATA[${testSecrets.corpId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime>`
    + `<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[of_next_year]]></Event><Number>${number}</Number></xml>`
}

/** Sends callbacks over connections that stay open until nobody answers any more. `answered` grows with what got a 200. */
async function sendUntilRefused(port: number, connections: number, answered: string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const sendOne = (message: string) => new Promise<boolean>((resolve) => {
    const { url, body } = seal(port, message)
    const call = request(url, { method: 'POST', agent, headers: { 'content-type': 'text/xml' } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200))
    })
    call.on('error', () => resolve(false)).end(body)
  })
  await Promise.all(Array.from({ length: connections }, async () => {
    for (;;) {
      const message = unknownEvent()
      if (!(await sendOne(message))) return
      answered.push(message)
    }
  }))
  agent.destroy()
}

describe.each(kinds)('a server that is told to stop, on %s', { timeout: 120_000 }, (kind) => {
  let stage: Stage

  beforeAll(async () => {
    stage = await setStage({ company: generateCompany({ customers: 60, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: kind, simulator: { callbacks: { retryDelayMs: 500 } } })
  }, 120_000)
  afterAll(() => stage.stop())
  afterEach(() => stage.simulator.controls.clearApiFaults())

  it('answers what is under way, loses nothing of it, and ends with 0 under load', async () => {
    const port = await freePort()
    const server = start({ ...stage.env, PORT: String(port) })
    await server.listening
    const slow = [unknownEvent(), unknownEvent(), unknownEvent()]
    const begun = slow.map((message) => beginCallback(port, message))
    const answered: string[] = []
    const load = sendUntilRefused(port, 10, answered)
    while (answered.length < 100) await pause(5)
    const began = performance.now()
    server.kill('SIGTERM')
    await pause(300)
    const refused = await fetch(`http://127.0.0.1:${port}/healthz`).then((response) => `answered ${response.status}`, () => 'refused')
    const statuses = await Promise.all(begun.map((one) => one.finish()))
    await load
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(refused).toBe('refused')
    expect(statuses).toEqual(slow.map(() => 'HTTP/1.1 200 OK'))
    expect(server.output()).toContain('server has stopped')
    expect(await inboxOf(stage.test.database, [...slow, ...answered])).toMatchObject({ missing: 0 })
  })

  it('leaves what its workers cannot finish to the next one', async () => {
    const { simulator, test } = stage
    const port = await freePort()
    const first = start({ ...stage.env, PORT: String(port) })
    await first.listening
    simulator.connect({ callbackUrl: `http://127.0.0.1:${port}/wecom/callback` })
    simulator.controls.addApiFault({ path: '/cgi-bin/externalcontact/get', kind: 'slow', ms: 2_000 })
    const pairs = [...simulator.state.follows].flatMap(([externalUserId, follows]) => [...follows.values()].map((follow) => ({ externalUserId, userid: follow.userid }))).slice(0, 40)
    for (const [place, { userid, externalUserId }] of pairs.entries()) simulator.controls.memberEditsCustomer(userid, externalUserId, { remark: `停机${place}` })
    await simulator.controls.callbacksIdle()
    first.kill('SIGTERM')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    simulator.controls.clearApiFaults()
    const here = await relationsHere(test.database)
    expect(here).not.toEqual(relationsInWecom(simulator))

    const second = start({ ...stage.env, PORT: String(port) })
    await second.listening
    await untilQuiet(test.database, 100_000)
    expect(await relationsHere(test.database)).toEqual(relationsInWecom(simulator))
    expect(await deadLetters(test.database)).toEqual([])
  })

  it('goes on after kill -9 of the shipped program, with its own limits', { timeout: 180_000 }, async () => {
    const { simulator, test, clock } = stage
    const port = await freePort()
    let server = start({ ...stage.env, PORT: String(port) })
    await server.listening
    simulator.connect({ callbackUrl: `http://127.0.0.1:${port}/wecom/callback` })
    const traffic = startTraffic({ simulator, clock, events: 400, senders: 10, entranceStates: stage.entrances.map((one) => one.state) })
    while (traffic.answered() < 150) await pause(2)
    server.kill('SIGKILL')
    await server.ended
    server = start({ ...stage.env, PORT: String(port) })
    await server.listening
    const sent = await traffic.done
    await untilQuiet(test.database, 120_000)
    expect(await inboxOf(test.database, sent.messages)).toMatchObject({ missing: 0 })
    expect(await relationsHere(test.database)).toEqual(relationsInWecom(simulator))
    expect(await deadLetters(test.database)).toEqual([])
  })
})
