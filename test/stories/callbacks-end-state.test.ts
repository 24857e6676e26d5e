import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { customers, customerTags, follows, ownerships, wantCustomerSync } from '../../server/customers/index.ts'
import { inbox, outbox } from '../../server/jobs/jobs.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden, fieldsOf, idsOf } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const calm = { duplicate: 0, drop: 0, duplicateNext: 0, dropNext: 0, delayMs: 0, reorderMs: 0 }

describe.each(await testDatabaseKinds())('what callbacks lead to, on %s', (kind) => {
  let app: StoryApp
  let storeA = 0
  let storeB = 0
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    storeA = app.storeOf('clerk01')
    storeB = app.storeOf('clerk02')
  })
  afterEach(async () => {
    app.simulator.controls.setCallbackFaults(calm)
    expect(await app.services.database.db.getRepository(inbox).findBy({ state: 'dead' })).toEqual([])
    expect(await app.services.database.db.getRepository(outbox).findBy({ state: 'dead' })).toEqual([])
  })
  afterAll(() => app.stop())

  const db = () => app.services.database.db
  const welcomes = (userid: string, externalUserId: string) => app.simulator.controls.chat(userid, externalUserId).filter((line) => line.from === 'welcome').length
  const tagCalls = () => app.simulator.controls.calls('/cgi-bin/externalcontact/mark_tag').length
  const messageAbout = (externalUserId: string) => app.simulator.controls.deliveries().find((one) => one.message.includes(externalUserId))?.message ?? ''

  /** Everything that a story may change about a customer, without ids that differ between runs. */
  async function stateOf(externalUserId: string) {
    const customer = await app.customer(externalUserId)
    const history = await db().getRepository(follows).find({ where: { customerId: customer.id }, order: { beganAt: 'ASC', id: 'ASC' } })
    const owned = await db().getRepository(ownerships).find({ where: { customerId: customer.id }, order: { beganAt: 'ASC', id: 'ASC' } })
    const tagged = await db().getRepository(customerTags).findBy({ customerId: customer.id })
    return {
      owner: customer.ownerStaffId, ownerDepartment: customer.ownerDepartmentId, source: customer.source,
      follows: history.map((one) => ({ staff: one.staffId, department: one.departmentId, live: one.endedAt === null, gone: one.customerDeletedAt !== null })),
      ownerships: owned.map((one) => one.staffId), tags: tagged.map((one) => one.tagId).sort(),
    }
  }

  it('S31 a scan tags the customer here and in WeCom, and a second scan or delivery changes nothing twice', async () => {
    const { tagIds } = await app.entranceOf(storeA)
    const before = tagCalls()
    const scan = await app.arrives(storeA, { name: '扫码客户' })
    const once = await stateOf(scan.externalUserId)
    expect(once).toMatchObject({ owner: (await app.staffOf(scan.userid)).id, ownerDepartment: storeA, tags: tagIds })
    expect(tagIds).toHaveLength(1)
    expect([once.follows.length, once.ownerships.length, welcomes(scan.userid, scan.externalUserId), tagCalls() - before]).toEqual([1, 1, 1, 1])

    expect((await app.arrives(storeA, scan.externalUserId)).outcome).toBe('already')
    app.simulator.controls.sendRaw(messageAbout(scan.externalUserId))
    await app.settle()
    expect(await stateOf(scan.externalUserId)).toEqual(once)
    expect([welcomes(scan.userid, scan.externalUserId), tagCalls() - before]).toEqual([1, 1])
  })

  it('S31 a customer of store A who scans B\'s code keeps A\'s owner; B sees B\'s part and nothing more', async () => {
    const first = await app.arrives(storeA, { name: '甲店老客' })
    await app.knows(first.externalUserId, { mobile: '13611112222' })
    await app.buys(first.externalUserId, storeA, 70_000)
    await expectHidden(await app.person('clerk02'), first.externalUserId)
    const second = await app.arrives(storeB, first.externalUserId)
    await app.buys(first.externalUserId, storeB, 5_000)
    expect(await stateOf(first.externalUserId)).toMatchObject({
      owner: (await app.staffOf(first.userid)).id, ownerDepartment: storeA,
      follows: [{ department: storeA, live: true }, { department: storeB, live: true, staff: (await app.staffOf(second.userid)).id }],
    })
    const inB = await (await app.person('clerk02')).get(`/api/customers/${first.externalUserId}`)
    expect(Object.keys(inB.body.fields).sort()).toEqual([...fieldsOf('profile', 'ownership'), 'spendTotalFen', 'orderCount', 'lastOrderAt'].sort())
    expect(inB.body.customer).toMatchObject({ spendTotalFen: 5_000, owner: { userid: first.userid } })
    expect(welcomes(second.userid, first.externalUserId)).toBe(1)
  })

  it('T01 a code of somebody else\'s, whose state we do not know, gives a follow and neither owner, tag nor welcome', async () => {
    await app.services.wecom.addContactWay({ kind: 'multi', state: 'not-one-of-ours', remark: '', userids: ['clerk03'], skipVerify: true })
    const scan = app.simulator.controls.customerScans({ state: 'not-one-of-ours', newCustomer: { name: '外来码' } })
    await app.settle()
    expect(await stateOf(scan.externalUserId)).toMatchObject({ owner: null, ownerships: [], tags: [], follows: [{ live: true, department: app.storeOf('clerk03') }] })
    expect(welcomes('clerk03', scan.externalUserId)).toBe(0)
    const card = await (await app.person('clerk03')).get(`/api/customers/${scan.externalUserId}`)
    expect(Object.keys(card.body.customer)).not.toContain('mobile')
    await expectHidden(await app.person('clerk01'), scan.externalUserId)
  })

  it('T12 two customers scan the same code in the same second: both arrive', async () => {
    const { state } = await app.entranceOf(storeA)
    const scans = ['甲', '乙'].map((name) => app.simulator.controls.customerScans({ state, newCustomer: { name } }))
    await app.settle()
    for (const scan of scans) {
      expect((await stateOf(scan.externalUserId)).follows).toHaveLength(1)
      expect(welcomes(scan.userid, scan.externalUserId)).toBe(1)
      expect(await idsOf(await app.person('manager01'))).toContain(scan.externalUserId)
    }
  })

  it('a customer who scans two stores at the same moment has two follows and one owner', async () => {
    const [a, b] = [await app.entranceOf(storeA), await app.entranceOf(storeB)]
    const first = app.simulator.controls.customerScans({ state: a.state, newCustomer: { name: '同时扫两店' } })
    app.simulator.controls.customerScans({ state: b.state, externalUserId: first.externalUserId })
    await app.settle()
    const { owner, ownerships: owned, follows: live } = await stateOf(first.externalUserId)
    expect([live.map((one) => one.department).sort(), owned]).toEqual([[storeA, storeB], [owner]])
  })

  it('T12 the same text twice is one event, and makes the customer be read once more', async () => {
    const scan = await app.arrives(storeA, { name: '重复通知' })
    const known = await db().getRepository(inbox).count()
    app.simulator.state.follows.get(scan.externalUserId)?.forEach((follow) => { follow.description = '同一秒里的第二次修改' })
    app.simulator.controls.sendRaw(messageAbout(scan.externalUserId))
    await app.settle()
    expect(await db().getRepository(inbox).count()).toBe(known)
    expect((await app.liveFollows(scan.externalUserId))[0]?.description).toBe('同一秒里的第二次修改')
  })

  it('T16 when the last follower leaves, the customer and its history stay', async () => {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer('service01', { newCustomer: { name: '只有一位跟进' } })
    await app.settle()
    await app.buys(externalUserId, storeA, 900)
    expect(await idsOf(await app.person('service01'))).toContain(externalUserId)
    app.simulator.controls.memberDeletesCustomer('service01', externalUserId)
    await app.settle()
    await expectHidden(await app.person('service01'), externalUserId)
    const director = await app.person('director01')
    expect((await director.get(`/api/customers/${externalUserId}`)).body.customer).toMatchObject({ name: '只有一位跟进', followers: [], spendTotalFen: 900 })
    expect((await director.get(`/api/customers/${externalUserId}/orders`)).body.items).toHaveLength(1)
    expect((await stateOf(externalUserId)).follows).toMatchObject([{ live: false }])
  })

  it('a member who removes the customer ends his follow; a customer who removes the member does not', async () => {
    const one = app.simulator.controls.memberAddsCustomer('service02', { newCustomer: { name: '客服删客户' } }).externalUserId
    const other = app.simulator.controls.memberAddsCustomer('service02', { newCustomer: { name: '客户删客服' } }).externalUserId
    await app.settle()
    app.simulator.controls.memberDeletesCustomer('service02', one)
    app.simulator.controls.customerDeletesMember('service02', other)
    await app.settle()
    expect((await stateOf(one)).follows).toMatchObject([{ live: false, gone: false }])
    expect((await stateOf(other)).follows).toMatchObject([{ live: true, gone: true }])
    expect((await idsOf(await app.person('service02'))).filter((id) => [one, other].includes(id))).toEqual([other])
  })

  it('somebody who comes back after a removal is followed anew, with his history', async () => {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer('service03', { newCustomer: { name: '回头客' } })
    await app.settle()
    app.simulator.controls.memberDeletesCustomer('service03', externalUserId)
    await app.settle()
    // WeCom's times have whole seconds: the two relations must not begin in the same one.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    app.simulator.controls.memberAddsCustomer('service03', { externalUserId })
    await app.settle()
    expect((await stateOf(externalUserId)).follows).toMatchObject([{ live: false }, { live: true }])
    expect(await idsOf(await app.person('service03'))).toContain(externalUserId)
  })

  it('what lost callbacks left out is mended by the nightly reading, both ways', async () => {
    const gone = app.simulator.controls.memberAddsCustomer('service02', { newCustomer: { name: '丢了删除通知' } }).externalUserId
    await app.settle()
    // About what began within the last minute a reading says nothing: the clocks of WeCom and ours may differ.
    await db().getRepository(follows).update({ customerId: (await db().getRepository(customers).findOneByOrFail({ externalUserId: gone })).id }, { beganAt: Date.now() - 120_000 })
    app.simulator.controls.setCallbackFaults({ drop: 1 })
    app.simulator.controls.memberDeletesCustomer('service02', gone)
    const { state } = await app.entranceOf(storeA)
    const missed = app.simulator.controls.customerScans({ state, newCustomer: { name: '丢了添加通知' } })
    await app.settle()
    const manager = await app.person('manager01')
    expect([await idsOf(manager), await idsOf(await app.person('service02'))]).toSatisfy(([inStore, ofService]) => !inStore.includes(missed.externalUserId) && ofService.includes(gone))

    await app.services.database.transaction((work) => wantCustomerSync(work))
    await app.settle()
    expect(await idsOf(manager)).toContain(missed.externalUserId)
    expect((await app.liveFollows(missed.externalUserId)).map((one) => one.departmentId)).toEqual([storeA])
    expect(await stateOf(missed.externalUserId)).toMatchObject({ owner: (await app.staffOf(missed.userid)).id, ownerDepartment: storeA, tags: (await app.entranceOf(storeA)).tagIds })
    expect(welcomes(missed.userid, missed.externalUserId)).toBe(0)
    await expectHidden(await app.person('service02'), gone)
    expect((await db().getRepository(customers).findOneByOrFail({ externalUserId: gone })).name).toBe('丢了删除通知')
  })

  it('late, doubled and reordered callbacks lead to the same end as those in order', async () => {
    const story = async (name: string) => {
      const { state } = await app.entranceOf(storeA)
      const scan = app.simulator.controls.customerScans({ state, newCustomer: { name } })
      app.simulator.controls.memberEditsCustomer(scan.userid, scan.externalUserId, { remark: '改过备注' })
      app.simulator.controls.memberAddsCustomer('service01', { externalUserId: scan.externalUserId })
      app.simulator.controls.memberDeletesCustomer('service01', scan.externalUserId)
      // Only what lies in different seconds can be told apart by its time.
      app.simulator.controls.advance(1_100)
      app.simulator.controls.customerDeletesMember(scan.userid, scan.externalUserId)
      await settledFor(scan.externalUserId)
      return { scan, state: await stateOf(scan.externalUserId), remark: (await app.liveFollows(scan.externalUserId)).map((one) => one.remark) }
    }
    const inOrder = await story('按顺序')
    expect(inOrder.remark).toEqual(['改过备注'])
    for (const faults of [{ duplicate: 1 }, { delayMs: 300 }, { reorderMs: 150 }, { duplicate: 0.5, delayMs: 200, reorderMs: 100 }]) {
      app.simulator.controls.setCallbackFaults({ ...calm, ...faults })
      const mixed = await story('乱序')
      app.simulator.controls.setCallbackFaults(calm)
      const live = (state: typeof mixed.state) => state.follows.filter((one) => one.live).map(({ department, gone }) => ({ department, gone }))
      expect({ live: live(mixed.state), remark: mixed.remark, department: mixed.state.ownerDepartment, tags: mixed.state.tags, source: mixed.state.source })
        .toEqual({ live: live(inOrder.state), remark: inOrder.remark, department: inOrder.state.ownerDepartment, tags: inOrder.state.tags, source: inOrder.state.source })
      expect(mixed.state.owner).toBe((await app.staffOf(mixed.scan.userid)).id)
      expect(mixed.state.ownerships).toHaveLength(1)
      expect(welcomes(mixed.scan.userid, mixed.scan.externalUserId)).toBe(1)
      await expectHidden(await app.person('service01'), mixed.scan.externalUserId)
    }
  })

  /** Settles until nothing about this customer waits for a repeat, as if two seconds passed between the attempts. */
  async function settledFor(externalUserId: string): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await app.settle()
      const waiting = await db().getRepository(inbox).findBy({ orderKey: `customer:${externalUserId}`, state: 'waiting' })
      if (waiting.length === 0) return
      for (const row of waiting) await db().getRepository(inbox).update({ digest: row.digest }, { nextAt: Date.now(), receivedAt: row.receivedAt - 2_000 })
    }
    throw new Error('callbacks did not come to rest')
  }
})
