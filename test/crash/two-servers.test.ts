import { MoreThan } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../server/audit/index.ts'
import { inbox } from '../../server/jobs/jobs.entity.ts'
import { generateCompany } from '../company/generate.ts'
import { mysqlIsUp } from '../support/databases.ts'
import {
  appMessages, compare, countQueues, deadLetters, inboxOf, kfMessages, outOfOrder, ownersByCode, pairsWithTwoFollows, relationsHere, relationsInWecom, untilQuiet, welcomes,
} from './support/proof.ts'
import { readTwiceAtOnce, startBalancer, startRecordingProxy, type Balancer, type RecordingProxy } from './support/recording-proxy.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { setStage, type Stage } from './support/stage.ts'
import { startTraffic } from './support/traffic.ts'

const events = 2_000
const names = ['one', 'two']
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

describe.runIf(await mysqlIsUp())('two servers on one MySQL database', () => {
  let stage: Stage
  let program: Bundle
  let proxy: RecordingProxy
  let balancer: Balancer
  let servers: ServerProcess[] = []

  beforeAll(async () => {
    program = await bundle('test/crash/support/quick-server.ts')
    stage = await setStage({
      company: generateCompany({ customers: 200, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: 'mysql',
      simulator: { callbacks: { retryDelayMs: 300 } },
    })
    proxy = await startRecordingProxy(stage.simulator.apiBase)
    const ports = [await freePort(), await freePort()]
    servers = ports.map((port, place) => startProcess(program.file, { ...stage.env, PORT: String(port), WECOM_API_BASE: proxy.urlFor(names[place] ?? '') }))
    await Promise.all(servers.map((server) => server.listening))
    balancer = await startBalancer(ports)
    stage.simulator.connect({ callbackUrl: `${balancer.url}/wecom/callback` })
  }, 120_000)
  afterAll(async () => {
    for (const server of servers) server.kill('SIGKILL')
    await stage.stop()
    await Promise.all([proxy.stop(), balancer.stop()])
    program.remove()
  })

  it('handle every callback once and in order per customer, and a killed one takes nothing with it', { timeout: 300_000 }, async () => {
    const { simulator, test, clock } = stage
    const { database } = test
    const began = performance.now()
    const traffic = startTraffic({ simulator, clock, events, senders: 20, entranceStates: stage.entrances.map((one) => one.state) })
    while (traffic.answered() < events * 0.6 || proxy.underWay('two') === 0) await pause(1)
    const [, second] = servers
    second?.kill('SIGKILL')
    await second?.ended
    const sent = await traffic.done
    const sentSeconds = Math.round((performance.now() - began) / 100) / 10
    await untilQuiet(database, 200_000)

    const inboxRows = await inboxOf(database, sent.messages)
    const relations = compare(relationsInWecom(simulator), await relationsHere(database))
    const kf = await kfMessages(database, simulator).then((both) => compare(both.wecom, both.here))
    const app = await appMessages(database, simulator)
    const owners = await ownersByCode(database)
    const welcomed = welcomes(simulator)
    const chain = await verifyChain(database)
    // what the killed one had claimed counts its death as a failure
    const takenOver = await database.db.getRepository(inbox).countBy({ attempts: MoreThan(0) })
    const readBy = names.map((name) => proxy.readings.filter((reading) => reading.by === name).length)
    console.log(JSON.stringify({
      callbacks: sent.messages.length, sentSeconds, quietSeconds: Math.round((performance.now() - began) / 100) / 10, failedAttempts: sent.failedAttempts,
      inbox: inboxRows, outbox: (await countQueues(database)).outbox, relations: { wecom: relations.wecom, here: relations.here }, kfMessages: { wecom: kf.wecom, here: kf.here },
      readBy, takenOver, app, welcomes: welcomed, owners: { assignments: owners.assignments, auditEntries: owners.auditEntries }, auditLinks: chain.checked,
    }, null, 1))

    const unknown = sent.counts['unknown kind'] ?? 0
    for (const count of readBy) expect(count).toBeGreaterThan(20)
    expect(takenOver).toBeGreaterThan(0)
    expect(await deadLetters(database)).toEqual([])
    expect(inboxRows).toMatchObject({ rows: sent.messages.length, missing: 0, foreign: 0, states: { done: sent.messages.length - unknown, unhandled: unknown } })
    expect(relations).toMatchObject({ onlyInWecom: [], onlyHere: [] })
    expect(await pairsWithTwoFollows(database)).toEqual([])
    expect(await outOfOrder(database)).toEqual([])
    expect(readTwiceAtOnce(proxy.readings)).toEqual([])
    expect(kf).toMatchObject({ onlyInWecom: [], onlyHere: [], here: kf.wecom })
    expect(app.stored).toEqual(Object.fromEntries([...sent.toApp].map(([userid, texts]) => [userid, texts.length]).sort()))
    expect(app.answered).toEqual(Object.fromEntries([...sent.toApp.keys()].sort().map((userid) => [userid, 1])))
    expect(welcomed.tooMany).toEqual([])
    expect({ twice: owners.twice, differing: owners.differing }).toEqual({ twice: [], differing: [] })
    expect(owners.auditEntries).toBe(owners.assignments)
    for (const [customer, userid] of sent.scanned) expect([customer, owners.byCustomer.get(customer)]).toEqual([customer, userid.toLowerCase()])
    expect(chain.firstBroken).toBeUndefined()
  })
})
