import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { entrances } from '../../server/entrances/index.ts'
import { outbox } from '../../server/jobs/jobs.entity.ts'
import { wantDirectorySync } from '../../server/organization/index.ts'
import { generateCompany } from '../company/generate.ts'
import {
  appMessages, compare, countQueues, deadLetters, inboxOf, kfMessages, outOfOrder, ownersByCode, pairsWithTwoFollows, relationsHere, relationsInWecom, welcomes,
} from './support/proof.ts'
import { startLiveServer, type LiveServer } from './support/live-server.ts'
import { setStage, type Stage } from './support/stage.ts'
import { startTraffic, type Sent } from './support/traffic.ts'

const minute = 60_000
const welcomePath = '/cgi-bin/externalcontact/send_welcome_msg'

describe('WeCom in trouble while callbacks flow', () => {
  let stage: Stage
  let server: LiveServer

  beforeAll(async () => {
    stage = await setStage({ company: generateCompany({ customers: 120, stores: 3, regions: 1, now: Date.now() - 86_400_000 }), database: 'sqlite', simulator: { callbacks: { retryDelayMs: 200 } } })
    server = await startLiveServer(stage)
  }, 120_000)
  afterAll(async () => {
    await server.stop()
    await stage.stop()
  })
  afterEach(() => stage.simulator.controls.clearApiFaults())

  const live = (events: number, seed: number): Promise<Sent> => startTraffic({
    simulator: stage.simulator, clock: stage.clock, events, senders: 10, entranceStates: stage.entrances.map((one) => one.state), seed,
  }).done

  async function expectNothingLost(sent: Sent): Promise<void> {
    const { simulator, test: { database } } = stage
    expect(await deadLetters(database)).toEqual([])
    expect(await inboxOf(database, sent.messages)).toMatchObject({ missing: 0 })
    expect(compare(relationsInWecom(simulator), await relationsHere(database))).toMatchObject({ onlyInWecom: [], onlyHere: [] })
    expect(await pairsWithTwoFollows(database)).toEqual([])
    expect(await outOfOrder(database)).toEqual([])
    const kf = await kfMessages(database, simulator)
    expect(kf.here).toEqual(kf.wecom)
    expect(welcomes(simulator).tooMany).toEqual([])
    const owners = await ownersByCode(database)
    expect({ twice: owners.twice, differing: owners.differing }).toEqual({ twice: [], differing: [] })
    for (const [customer, userid] of sent.scanned) expect([customer, owners.byCustomer.get(customer)]).toEqual([customer, userid.toLowerCase()])
  }

  it('loses and doubles nothing while it answers slowly, with -1, 45009 and 5xx, cuts connections or loses its answers', { timeout: 180_000 }, async () => {
    const { controls } = stage.simulator
    const storm = () => {
      controls.addApiFault({ path: '*', kind: 'slow', ms: 250, probability: 0.1 })
      controls.addApiFault({ path: '*', kind: 'busy', probability: 0.15 })
      controls.addApiFault({ path: '*', kind: 'http', status: 502, probability: 0.1 })
      controls.addApiFault({ path: '*', kind: 'cut', probability: 0.1 })
      controls.addApiFault({ path: '*', kind: 'lost', probability: 0.1 })
    }
    const answers = (errcode: number) => controls.calls().filter((call) => call.errcode === errcode).length
    storm()
    const first = await live(250, 1)
    controls.clearApiFaults()
    controls.addApiFault({ path: '/cgi-bin/externalcontact/get', kind: 'limit', times: 1 })
    controls.addApiFault({ path: '/cgi-bin/kf/sync_msg', kind: 'limit', times: 1 })
    storm()
    const second = await live(150, 2)
    await expect.poll(() => answers(45009), { timeout: 30_000 }).toBe(2)
    expect(answers(-1)).toBeGreaterThan(5)
    // both are closed for a minute now, and are not asked again meanwhile
    await server.pass(minute)
    expect(answers(45009)).toBe(2)
    controls.clearApiFaults()
    await server.untilQuiet(20_000, 20 * minute)
    await expectNothingLost(first)
    await expectNothingLost(second)
    const { answered } = await appMessages(stage.test.database, stage.simulator)
    const writers = [...new Set([...first.toApp.keys(), ...second.toApp.keys()])].sort()
    expect(answered).toEqual(Object.fromEntries(writers.map((userid) => [userid, 1])))
  })

  it('waits an hour without WeCom, shows its back-off, and loses nothing', { timeout: 180_000 }, async () => {
    const { controls } = stage.simulator
    controls.addApiFault({ path: '*', kind: 'cut' })
    const sent = await live(150, 3)
    let backingOff = 0
    for (let step = 0; step < 12; step += 1) {
      await server.pass(5 * minute)
      // the next sweep tries again and waits again
      await new Promise((resolve) => { setTimeout(resolve, 1_300) })
      const figures = await (await fetch(`${server.url}/metrics`)).text()
      backingOff = Math.max(backingOff, Number(/^scrm_queue_backing_off\{queue="inbox"\} (\d+)$/m.exec(figures)?.[1] ?? 0))
    }
    expect(backingOff).toBeGreaterThan(5)
    expect(await deadLetters(stage.test.database)).toEqual([])
    expect((await countQueues(stage.test.database)).inbox['waiting']).toBeGreaterThan(50)
    controls.clearApiFaults()
    await server.untilQuiet(20_000, 20 * minute)
    await expectNothingLost(sent)
  })

  it('S31 drops a welcome whose 20 seconds are over instead of sending it for ever', { timeout: 120_000 }, async () => {
    const { simulator, test: { database } } = stage
    const expiredBefore = await database.db.getRepository(outbox).countBy({ kind: 'welcome.send', lastError: 'expired' })
    simulator.controls.addApiFault({ path: welcomePath, kind: 'http', status: 500 })
    const state = stage.entrances[0]?.state ?? ''
    const scans = Array.from({ length: 12 }, (_unused, place) => simulator.controls.customerScans({ state, newCustomer: { name: `迟到${place}` } }))
    await simulator.controls.callbacksIdle()
    // every one of them has been tried and refused at least once
    await expect.poll(() => database.db.getRepository(outbox).countBy({ kind: 'welcome.send', state: 'new' }), { timeout: 20_000 }).toBeGreaterThan(0)
    await server.pass(25_000)
    simulator.controls.clearApiFaults()
    const calls = simulator.controls.calls(welcomePath).length
    await server.untilQuiet(5_000, 10 * minute)
    expect(simulator.controls.calls(welcomePath)).toHaveLength(calls)
    const rows = await database.db.getRepository(outbox).countBy({ kind: 'welcome.send', lastError: 'expired' })
    expect(rows - expiredBefore).toBe(scans.length)
    for (const scan of scans) expect(simulator.controls.chat(scan.userid, scan.externalUserId).filter((line) => line.from === 'welcome')).toEqual([])
    expect(await deadLetters(database)).toEqual([])
    // and the next one is welcomed at once
    const next = simulator.controls.customerScans({ state, newCustomer: { name: '准时' } })
    await simulator.controls.callbacksIdle()
    await server.untilQuiet(1_000, minute)
    expect(simulator.controls.chat(next.userid, next.externalUserId).filter((line) => line.from === 'welcome')).toHaveLength(1)
  })

  it('keeps a store’s tag that WeCom learns of late, although an edit was read in between', { timeout: 120_000 }, async () => {
    const { simulator, test: { database } } = stage
    const { controls } = simulator
    controls.addApiFault({ path: '/cgi-bin/externalcontact/mark_tag', kind: 'http', status: 502 })
    const { userid, externalUserId } = controls.customerScans({ state: stage.entrances[0]?.state ?? '', newCustomer: { name: '带标签的' } })
    await controls.callbacksIdle()
    await expect.poll(() => database.db.getRepository(outbox).countBy({ kind: 'customer.mark-tags', state: 'new' }), { timeout: 20_000 }).toBe(1)
    controls.memberEditsCustomer(userid, externalUserId, { remark: '先改备注' })
    await controls.callbacksIdle()
    await expect.poll(async () => (await relationsHere(database)).filter((one) => one.includes('先改备注')).length, { timeout: 20_000 }).toBe(1)
    controls.clearApiFaults()
    await server.untilQuiet(5_000, 10 * minute)
    expect(stage.entrances[0]?.tagIds).toHaveLength(1)
    expect((await relationsHere(database)).filter((one) => one.includes(externalUserId))).toEqual(relationsInWecom(simulator).filter((one) => one.includes(externalUserId)))
    expect(relationsInWecom(simulator).find((one) => one.includes(externalUserId))).toContain(stage.entrances[0]?.tagIds[0])
  })

  it('makes one code for a store although WeCom’s answer was lost, and finds it by its state', { timeout: 120_000 }, async () => {
    const { simulator, test: { database } } = stage
    const { controls, state } = simulator
    controls.addApiFault({ path: '/cgi-bin/externalcontact/add_contact_way', kind: 'lost', times: 1 })
    controls.addApiFault({ path: '/cgi-bin/externalcontact/list_contact_way', kind: 'http', status: 502, times: 2 })
    controls.addApiFault({ path: '/cgi-bin/externalcontact/get_contact_way', kind: 'cut', times: 1 })
    controls.createDepartment({ id: 1_900, name: '北京新开店', parentId: 100 })
    controls.createStaff({ userid: 'newclerk01', name: '新来的', departmentIds: [1_900], position: '导购' })
    await database.transaction((work) => wantDirectorySync(work))
    await server.untilQuiet(20_000, 20 * minute)
    const entrance = await database.db.getRepository(entrances).findOneByOrFail({ departmentId: 1_900 })
    const made = [...state.contactWays.values()].filter((way) => way.state === entrance.state)
    expect(made).toHaveLength(1)
    expect(entrance).toMatchObject({ status: 'ready', configId: made[0]?.configId })
    expect(controls.calls('/cgi-bin/externalcontact/add_contact_way').filter((call) => JSON.stringify(call.input).includes(entrance.state))).toHaveLength(1)
    expect(await deadLetters(database)).toEqual([])
  })
})
