import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { mysqlIsUp, mysqlUrl } from '../support/databases.ts'
import type { LoadOrder, LoadResult } from './callbacks-load.ts'

const connections = 20
const perRound = 6_000
const warmUp = 3_000
const rounds = 7
const processed = 6_000
/** Steady arrivals, for so long that a queue which grows is seen. */
const flood = { perSecond: 300, seconds: 60 }

function start(file: string, ...args: string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args, { execArgv: ['--import', 'tsx'] })
}

function reply(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a bench process ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

function numberIn(message: unknown, name: string): number {
  return typeof message === 'object' && message !== null ? Number(Reflect.get(message, name)) : Number.NaN
}

interface Server {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
}

async function serve(name: string, ...args: string[]): Promise<Server> {
  const child = start('callbacks-server.ts', ...args)
  return { name, child, port: numberIn(await reply(child), 'port') }
}

const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits))

/** Sends distinct callbacks: no number is used twice in one run. */
function createLoad() {
  const child = start('callbacks-load.ts')
  let used = 0
  return {
    child,
    run: async (server: Server, count: number, perSecond?: number): Promise<LoadResult> => {
      const order: LoadOrder = { port: server.port, first: used, count, connections, perSecond }
      used += count
      child.send(order)
      const message = await reply(child)
      const result = { perSecond: numberIn(message, 'perSecond'), p50Ms: numberIn(message, 'p50Ms'), p99Ms: numberIn(message, 'p99Ms'), refused: numberIn(message, 'refused') }
      if (result.refused !== 0) throw new Error(`${server.name} refused ${result.refused} of ${count} callbacks`)
      return result
    },
  }
}

type Load = ReturnType<typeof createLoad>

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

async function ask(server: Server, question: 'handled' | 'oldest'): Promise<number> {
  server.child.send(`${question}?`)
  return numberIn(await reply(server.child), question === 'oldest' ? 'oldestMs' : question)
}

/** Time from the first request until the last event is handled, with workers in the same process. */
async function processing(load: Load, server: Server): Promise<number> {
  const began = performance.now()
  const receiving = load.run(server, processed)
  while (await ask(server, 'handled') < processed) await pause(25)
  await receiving
  return processed / ((performance.now() - began) / 1000)
}

/** While callbacks arrive at a steady rate: how many are handled each second, and how old the oldest unhandled one gets. */
async function flooding(load: Load, server: Server): Promise<{ readonly arrived: number; readonly handled: number; readonly oldestMs: number }> {
  const before = await ask(server, 'handled')
  let result: LoadResult | null = null
  let oldestMs = 0
  const receiving = load.run(server, flood.perSecond * flood.seconds, flood.perSecond).then((value) => { result = value })
  const began = performance.now()
  while (result === null) {
    oldestMs = Math.max(oldestMs, await ask(server, 'oldest'))
    await pause(500)
  }
  await receiving
  const seconds = (performance.now() - began) / 1000
  return { arrived: (flood.perSecond * flood.seconds) / seconds, handled: (await ask(server, 'handled') - before) / seconds, oldestMs }
}

interface Stored {
  readonly server: Server
  readonly suffix: '' | 'Mysql'
}

async function measure(load: Load, stored: readonly Stored[]): Promise<Record<string, number>> {
  const floor = await serve('floor', 'floor')
  const peer = await serve('peer', 'peer')
  const servers = [floor, peer, ...stored.map(({ server }) => server)]
  const results = new Map<Server, LoadResult[]>(servers.map((server) => [server, []]))
  for (const server of servers) await load.run(server, warmUp)
  for (let round = 1; round <= rounds; round += 1) {
    // the order turns with each round, so that a slow moment of the machine does not always meet the same server
    for (let place = 0; place < servers.length; place += 1) {
      const server = servers[(place + round) % servers.length]
      if (server !== undefined) results.get(server)?.push(await load.run(server, perRound))
    }
    console.log(`round ${round}: ${servers.map((server) => `${server.name} ${rounded(results.get(server)?.at(-1)?.perSecond ?? 0)}/s`).join(', ')}`)
  }
  const rates = (server: Server): number[] => (results.get(server) ?? []).map((result) => result.perSecond)
  const ratio = (server: Server, base: Server): number => median(rates(server).map((rate, place) => rate / (rates(base)[place] ?? Number.NaN)))
  const metrics: Record<string, number> = {}
  for (const { server, suffix } of stored) {
    const list = results.get(server) ?? []
    metrics[`perSecond${suffix}`] = rounded(median(rates(server)))
    metrics[`floorPerSecond${suffix}`] = rounded(median(rates(floor)))
    metrics[`peerPerSecond${suffix}`] = rounded(median(rates(peer)))
    metrics[`ratio${suffix}`] = rounded(ratio(server, floor), 3)
    metrics[`ratioToPeer${suffix}`] = rounded(ratio(server, peer), 3)
    metrics[`p50Ms${suffix}`] = rounded(median(list.map((result) => result.p50Ms)), 2)
    metrics[`p99Ms${suffix}`] = rounded(median(list.map((result) => result.p99Ms)), 2)
  }
  for (const server of servers) server.child.kill()
  return metrics
}

interface Target {
  readonly suffix: '' | 'Mysql'
  readonly url: string
  drop(): Promise<void>
}

function sqliteTarget(): Target {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-bench-'))
  return { suffix: '', url: `sqlite:${join(folder, 'scrm.db')}`, drop: async () => rmSync(folder, { recursive: true, force: true }) }
}

async function mysqlTarget(): Promise<Target> {
  const name = `scrm_bench_${randomBytes(6).toString('hex')}`
  const run = async (sql: string): Promise<void> => {
    const connection = await createConnection(mysqlUrl)
    await connection.query(sql)
    await connection.end()
  }
  await run(`create database \`${name}\``)
  return { suffix: 'Mysql', url: `${mysqlUrl.replace(/\/$/, '')}/${name}`, drop: () => run(`drop database \`${name}\``) }
}

/** Distinct valid encrypted callbacks over 20 connections, against the floor and the peer in the same run. */
export async function bench(): Promise<Record<string, number>> {
  const mysql = await mysqlIsUp()
  if (!mysql) console.log('skipped: no MySQL or MariaDB answers, so there are no figures with the suffix Mysql')
  const kinds = [sqliteTarget, ...(mysql ? [mysqlTarget] : [])]
  const load = createLoad()
  const targets: Target[] = []
  try {
    const stored: Stored[] = []
    for (const create of kinds) {
      const target = await create()
      targets.push(target)
      stored.push({ suffix: target.suffix, server: await serve(`store${target.suffix}`, 'store', target.url) })
    }
    const metrics = await measure(load, stored)
    for (const create of kinds) {
      const target = await create()
      targets.push(target)
      const server = await serve(`workers${target.suffix}`, 'store', target.url, 'workers')
      metrics[`processedPerSecond${target.suffix}`] = rounded(await processing(load, server))
      const { arrived, handled, oldestMs } = await flooding(load, server)
      metrics[`floodPerSecond${target.suffix}`] = rounded(arrived)
      metrics[`floodHandledPerSecond${target.suffix}`] = rounded(handled)
      metrics[`floodOldestMs${target.suffix}`] = rounded(oldestMs)
      server.child.kill()
      await once(server.child, 'exit')
    }
    return metrics
  } finally {
    load.child.kill()
    for (const target of targets) await target.drop()
  }
}
