import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { arrivals, inbox, outbox } from '../../server/jobs/jobs.entity.ts'
import { demoKfId } from '../simulator/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { idsOf } from './support/answers.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const folder = join(import.meta.dirname, '..', 'fixtures', 'wecom', 'callback')
/** Real texts of everything that WeCom may send; envelopes and replies of ours aside. */
const events = readdirSync(folder).filter((name) => name.endsWith('.xml') && !/^(passive|envelope)/.test(name))
const sourceOf = (name: string) => (name.startsWith('change_contact') ? 'contact' : 'app')

describe.each(await testDatabaseKinds())('every event of WeCom, on %s', (kind) => {
  let app: StoryApp
  beforeAll(async () => {
    app = await storyApp({ database: kind, ...withContactCallback })
  })
  afterAll(() => app.stop())

  const db = () => app.services.database.db
  const rows = () => db().getRepository(inbox).find({ order: { seq: 'ASC' } })
  /** Texts that are kept, read or not. */
  const came = async () => await db().getRepository(arrivals).count() + await db().getRepository(inbox).count()
  const health = async () => [(await fetch(`${app.url}/readyz`)).status, await db().getRepository(outbox).countBy({ state: 'dead' })]

  it(`T13 each of ${events.length} event types is acknowledged and either handled or kept as unhandled`, async () => {
    expect(events.length).toBeGreaterThan(55)
    // The person whom the texts name works here.
    app.simulator.controls.createStaff({ userid: 'alice.chen', name: '陈', departmentIds: [1] })
    await app.settle()
    for (const name of events) {
      const known = await came()
      const delivery = app.simulator.controls.sendRaw(readFileSync(join(folder, name), 'utf8'), sourceOf(name))
      await app.simulator.controls.callbacksIdle()
      expect([name, delivery.outcome, delivery.attempts.map((attempt) => attempt.status), delivery.oddAnswer]).toEqual([name, 'delivered', [200], null])
      expect([name, await came()]).toEqual([name, known + 1])
    }
    await rest()
    const states = new Map((await rows()).map((row) => [row.kind, row.state]))
    expect(new Set(states.values())).toEqual(new Set(['done', 'unhandled']))
    expect(states.get('follow.edited')).toBe('done')
    expect([...states].filter(([, state]) => state === 'unhandled').length).toBeGreaterThan(0)
    expect(await health()).toEqual([200, 0])
  })

  it('T13 an event nobody has heard of is kept under its own name and answered', async () => {
    const xml = '<xml><ToUserName><![CDATA[wwa1b2c3d4e5f60718]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1767225600</CreateTime>'
      + '<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[brand_new_event]]></Event><ChangeType><![CDATA[surprise]]></ChangeType></xml>'
    const delivery = app.simulator.controls.sendRaw(xml)
    await app.settle()
    expect(delivery.outcome).toBe('delivered')
    expect((await rows()).filter((row) => row.kind === 'unknown:brand_new_event:surprise').map((row) => row.state)).toEqual(['unhandled'])
  })

  it('T14 a text that cannot be read is parked, acknowledged, and holds nobody up', async () => {
    for (const poison of ['not xml at all', '<html></html>', '<xml><MsgType>', `<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>`]) {
      const delivery = app.simulator.controls.sendRaw(poison)
      const scan = await app.arrives(app.storeOf('clerk01'), { name: '毒消息之后' })
      expect(delivery.outcome).toBe('delivered')
      expect(await idsOf(await app.person('manager01'))).toContain(scan.externalUserId)
    }
    expect((await rows()).filter((row) => row.state === 'dead' && row.kind === null)).toHaveLength(4)
    expect(await db().getRepository(arrivals).count()).toBe(0)
  })

  it('T14 what fails after decryption is tried again, parked, and can be replayed; meanwhile others go on', async () => {
    app.simulator.controls.addApiFault({ path: '/cgi-bin/kf/sync_msg', kind: 'errcode', errcode: 40058 })
    const writer = app.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: '客服来客' } }, '第一条消息')
    await app.settle()
    const scan = await app.arrives(app.storeOf('clerk01'), { name: '不受影响' })
    expect((await app.liveFollows(scan.externalUserId))).toHaveLength(1)
    await rest()
    const parked = (await rows()).filter((row) => row.kind === 'kf.messages' && row.state === 'dead')
    expect(parked.length).toBeGreaterThan(0)
    expect(parked[0]).toMatchObject({ attempts: 8, lastError: expect.stringContaining('40058') })

    app.simulator.controls.clearApiFaults()
    const admin = await app.person('admin01')
    const listed = await admin.get('/api/parked')
    expect(listed.body.items.map((item: { id: string }) => item.id)).toEqual(expect.arrayContaining(parked.map((row) => row.digest)))
    for (const { digest } of parked) {
      expect((await (await app.person('director01')).post(`/api/parked/${digest}/replay`, { queue: 'inbox' })).status).toBe(403)
      expect((await admin.post(`/api/parked/${digest}/replay`, { queue: 'inbox' })).status).toBe(200)
    }
    expect(await db().getRepository(auditEntries).countBy({ action: 'job.replayed', outcome: 'done' })).toBe(parked.length)
    await rest()
    expect((await rows()).filter((row) => row.kind === 'kf.messages' && row.state !== 'done')).toEqual([])
    const messages = await (await app.person('director01')).get(`/api/customers/${writer}/messages`)
    expect(messages.body.items.map((item: { text: string }) => item.text)).toContain('第一条消息')
  })

  it('T14 an hour without WeCom parks nothing: everything arrives when it is back', async () => {
    const dead = (await rows()).filter((row) => row.state === 'dead').length
    const { state } = await app.entranceOf(app.storeOf('clerk02'))
    const scan = app.simulator.controls.customerScans({ state, newCustomer: { name: '断网时来的' } })
    app.simulator.controls.addApiFault({ path: '/cgi-bin/externalcontact/get', kind: 'http', status: 502 })
    await app.settle()
    for (let attempt = 0; attempt < 12; attempt += 1) await hurry()
    expect((await rows()).filter((row) => row.state === 'dead')).toHaveLength(dead)
    expect(await idsOf(await app.person('manager02'))).not.toContain(scan.externalUserId)
    app.simulator.controls.clearApiFaults()
    await rest()
    expect(await idsOf(await app.person('manager02'))).toContain(scan.externalUserId)
  })

  /** Lets the pauses pass and handles what waits, once. */
  async function hurry(): Promise<void> {
    await db().getRepository(inbox).update({ state: 'waiting' }, { nextAt: Date.now() })
    for (const row of await db().getRepository(inbox).findBy({ state: 'waiting' })) await db().getRepository(inbox).update({ digest: row.digest }, { receivedAt: row.receivedAt - 2_000 })
    await db().getRepository(outbox).update({ state: 'new' }, { nextAt: Date.now() })
    await app.settle()
  }

  async function rest(): Promise<void> {
    for (let attempt = 0; attempt < 30; attempt += 1) {
      await hurry()
      const open = await db().getRepository(inbox).countBy([{ state: 'waiting' }, { state: 'running' }]) + await db().getRepository(arrivals).count()
      if (open + await db().getRepository(outbox).countBy({ state: 'new' }) === 0) return
    }
    throw new Error('the queues did not come to rest')
  }
})
