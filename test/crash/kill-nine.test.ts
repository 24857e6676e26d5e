import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../server/audit/index.ts'
import { generateCompany } from '../company/generate.ts'
import { seededRandom } from '../company/random.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import {
  appMessages, compare, countQueues, deadLetters, inboxOf, kfMessages, outOfOrder, ownersByCode, pairsWithTwoFollows, relationsHere, relationsInWecom, untilQuiet, welcomes,
} from './support/proof.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import type { Simulator } from '../simulator/index.ts'
import { setStage, type Stage } from './support/stage.ts'
import { startTraffic, type Sent, type Traffic } from './support/traffic.ts'

const events = 10_000
const kills = 5
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

describe.each(await testDatabaseKinds())('kill -9 on %s', (kind) => {
  let stage: Stage
  let program: Bundle
  const started: ServerProcess[] = []

  beforeAll(async () => {
    program = await bundle('test/crash/support/quick-server.ts')
    stage = await setStage({
      company: generateCompany({ customers: 300, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: kind,
      simulator: { callbacks: { retryDelayMs: 800 } },
    })
  }, 120_000)
  afterAll(async () => {
    for (const server of started) server.kill('SIGKILL')
    await stage.stop()
    program.remove()
  })

  it(`loses and doubles nothing of ${events} callbacks`, { timeout: 900_000 }, async () => {
    const began = performance.now()
    const seconds = () => Math.round((performance.now() - began) / 100) / 10
    const { simulator, test, clock } = stage
    const { database } = test
    const traffic = (): Traffic => startTraffic({ simulator, clock, events, senders: 20, entranceStates: stage.entrances.map((one) => one.state) })
    const start = (port: number) => {
      const server = startProcess(program.file, { ...stage.env, PORT: String(port) })
      started.push(server)
      return server
    }
    const { sent, killedAt } = await liveThroughKills(simulator, start, events, traffic)
    const sentAfter = seconds()
    await untilQuiet(database, 600_000)
    const quietAfter = seconds()

    const inboxRows = await inboxOf(database, sent.messages)
    const unknown = sent.counts['unknown kind'] ?? 0
    const relations = compare(relationsInWecom(simulator), await relationsHere(database))
    const kf = await kfMessages(database, simulator).then((both) => compare(both.wecom, both.here))
    const app = await appMessages(database, simulator)
    const welcomed = welcomes(simulator)
    const owners = await ownersByCode(database)
    const chain = await verifyChain(database)
    const queues = await countQueues(database)
    console.log(JSON.stringify({
      database: kind, callbacks: sent.messages.length, killedAfter: killedAt, failedAttempts: sent.failedAttempts, exactDuplicates: sent.duplicates,
      sentSeconds: sentAfter, quietSeconds: quietAfter, sent: sent.counts, inbox: inboxRows, outbox: queues.outbox,
      relations: { wecom: relations.wecom, here: relations.here }, kfMessages: { wecom: kf.wecom, here: kf.here }, app, welcomes: welcomed,
      owners: { assignments: owners.assignments, auditEntries: owners.auditEntries }, audit: { links: chain.checked, unsealed: chain.unsealed },
    }, null, 1))

    expect(await deadLetters(database)).toEqual([])
    expect(killedAt).toHaveLength(kills)
    expect(new Set(sent.messages).size).toBe(sent.messages.length)
    expect(sent.messages.length).toBeGreaterThanOrEqual(events)
    expect(inboxRows).toMatchObject({ rows: sent.messages.length, missing: 0, foreign: 0, states: { done: sent.messages.length - unknown, unhandled: unknown } })
    expect(inboxRows.repeats).toBeGreaterThanOrEqual(sent.duplicates)
    expect(relations).toMatchObject({ onlyInWecom: [], onlyHere: [] })
    expect(await pairsWithTwoFollows(database)).toEqual([])
    expect(await outOfOrder(database)).toEqual([])
    expect(kf).toMatchObject({ onlyInWecom: [], onlyHere: [], here: kf.wecom })
    expect(app.stored).toEqual(Object.fromEntries([...sent.toApp].map(([userid, texts]) => [userid, texts.length]).sort()))
    expect(app.answered).toEqual(Object.fromEntries([...sent.toApp.keys()].sort().map((userid) => [userid, 1])))
    expect(welcomed.tooMany).toEqual([])
    expect({ twice: owners.twice, differing: owners.differing }).toEqual({ twice: [], differing: [] })
    expect(owners.auditEntries).toBe(owners.assignments)
    for (const [customer, userid] of sent.scanned) expect([customer, owners.byCustomer.get(customer)]).toEqual([customer, userid.toLowerCase()])
    expect(chain.firstBroken).toBeUndefined()
    expect(chain.unsealed).toBe(0)

    const late = simulator.controls.customerScans({ state: stage.entrances[0]?.state ?? '', newCustomer: { name: '后来的' } })
    await simulator.controls.callbacksIdle()
    await untilQuiet(database, 30_000)
    expect(simulator.controls.chat(late.userid, late.externalUserId).filter((line) => line.from === 'welcome')).toHaveLength(1)
  })
})

/** Sends all traffic to a server that is killed five times on the way, each time after a random number of callbacks, and started again at once. */
async function liveThroughKills(simulator: Simulator, start: (port: number) => ServerProcess, total: number, begin: () => Traffic): Promise<{ sent: Sent; killedAt: number[] }> {
  const port = await freePort()
  let server = start(port)
  await server.listening
  simulator.connect({ callbackUrl: `http://127.0.0.1:${port}/wecom/callback` })
  const traffic = begin()
  let isDone = false
  const done = traffic.done.finally(() => { isDone = true })
  const random = seededRandom(Date.now())
  const killedAt: number[] = []
  for (let kill = 0; kill < kills; kill += 1) {
    const after = Math.floor(total * (kill + 0.1 + 0.8 * random.next()) / kills)
    while (traffic.answered() < after && !isDone) await pause(1)
    killedAt.push(traffic.answered())
    server.kill('SIGKILL')
    await server.ended
    server = start(port)
    await server.listening
  }
  return { sent: await done, killedAt }
}
