import { IsNull, Not } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { staff } from '../../server/organization/index.ts'
import { outreachRecipients, outreachTasks } from '../../server/outreach/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { outreachStage, type OutreachStage } from './support/outreach-stage.ts'

const api = '/cgi-bin/externalcontact/'
const minute = 60_000

describe.each(await testDatabaseKinds())('broadcasts leave through one gate, on %s', (kind) => {
  let stage: OutreachStage
  beforeAll(async () => { stage = await outreachStage(kind) })
  afterEach(() => {
    stage.app.simulator.controls.clearApiFaults()
    stage.locks = { refused: null, leftOut: new Map() }
    stage.settled.clear()
  })
  afterAll(() => stage.app.stop())

  const db = () => stage.app.services.database.db
  const statesOf = async (sourceId: string) => (await stage.tasks(sourceId)).map((task) => [task.state, task.reason])
  const progressOf = (sourceId: string) => stage.app.services.outreach.progress(db(), 'story', sourceId)
  const settledOnce = () => [...stage.settled.values()].map((outcomes) => outcomes.join()).sort()
  const isNew = (before: readonly string[]) => stage.inWecom().filter((msgid) => !before.includes(msgid))
  const passed = (ms: number) => stage.travel(stage.now() + ms)

  it('a plan waits for its time, leaves once, and each customer gets one outcome', async () => {
    const before = stage.inWecom()
    const [friend = '', gone = '', third = ''] = stage.customersOf('sales01', 3)
    const sourceId = await stage.plan('sales01', [friend, gone, third], { notBefore: stage.now() + 5 * minute })
    await stage.work()
    expect([isNew(before), await statesOf(sourceId)]).toEqual([[], [['planned', null]]])
    passed(5 * minute)
    await stage.work()
    const [msgid = ''] = isNew(before)
    expect(await stage.tasks(sourceId)).toMatchObject([{ state: 'created', msgid, intents: 1, intentKey: null, recipients: 3, leaseBy: null }])
    expect(await progressOf(sourceId)).toEqual({ planned: 0, created: 3, confirmed: 0, sent: 0, notFriend: 0, overLimit: 0, unconfirmed: 3, withdrawn: 0, failed: 0, parked: 0 })
    stage.app.simulator.controls.customerDeletesMember('sales01', gone)
    stage.app.simulator.controls.confirmBroadcast('sales01', msgid)
    await stage.workUntil(stage.now() + 5 * minute, minute)
    expect(await statesOf(sourceId)).toEqual([['done', null]])
    expect(await progressOf(sourceId)).toEqual({ planned: 0, created: 3, confirmed: 3, sent: 2, notFriend: 1, overLimit: 0, unconfirmed: 0, withdrawn: 0, failed: 0, parked: 0 })
    expect(settledOnce()).toEqual(['not-friend', 'sent', 'sent'])
    expect(isNew(before)).toHaveLength(1)
  })

  it('more than ten thousand customers of one sender are several tasks', async () => {
    const { id: staffId } = await stage.app.staffOf('clerk02')
    const customerIds = Array.from({ length: 10_003 }, (_, place) => `nobody-${place}`)
    const part = { staffId, text: '您好', attachments: [], customerIds }
    const plan = (parts: readonly typeof part[]) => stage.app.services.database.transaction((work) => stage.app.services.outreach.plan(work, { source: 'story', sourceId: 'many', notBefore: stage.now() + 10 * 86_400_000, parts }))
    await plan([part])
    expect((await stage.tasks('many')).map((task) => task.recipients).sort()).toEqual([10_000, 3])
    for (const bad of [[part, part], [{ ...part, text: '' }], [{ ...part, text: '字'.repeat(1334) }]]) await expect(plan(bad)).rejects.toThrow()
    await stage.cancel('many')
    expect(stage.settled.size).toBe(10_003)
    expect(new Set(await stage.outcomes('many'))).toEqual(new Set(['unsent']))
  })

  it.each([
    ['the answer is lost', { kind: 'lost' }, 1], ['the connection is cut before', { kind: 'cut' }, 2], ['WeCom is busy', { kind: 'errcode', errcode: -1 }, 2], ['a gateway fails', { kind: 'http', status: 502 }, 2],
  ] as const)('when %s, WeCom is asked before anything is sent again, and it is there once', async (_how, fault, intents) => {
    const before = stage.inWecom()
    stage.app.simulator.controls.addApiFault({ path: `${api}add_msg_template`, times: 1, ...fault })
    const sourceId = await stage.plan('clerk01', stage.customersOf('clerk01', 2))
    await stage.work()
    expect(await stage.tasks(sourceId)).toMatchObject([{ state: 'intended', msgid: null, intents: 1 }])
    // the sender's next plan waits, so that what is found belongs to one of them only
    const next = await stage.plan('clerk01', stage.customersOf('clerk01', 3).slice(2))
    await stage.work()
    expect(await statesOf(next)).toEqual([['planned', null]])
    passed(30_000)
    await stage.work()
    expect(await statesOf(sourceId)).toEqual([['intended', null]])
    passed(31_000)
    await stage.work()
    expect(await stage.tasks(sourceId)).toMatchObject([{ state: 'created', intents }])
    expect(await statesOf(next)).toEqual([['created', null]])
    expect(isNew(before)).toHaveLength(2)
    for (const id of [sourceId, next]) await stage.cancel(id)
    await stage.work()
  })

  it('what is limited or has no right waits and is made later; what is refused ends with its reason', async () => {
    const { controls } = stage.app.simulator
    const customers = stage.customersOf('sales01', 1)
    controls.addApiFault({ path: `${api}add_msg_template`, kind: 'errcode', errcode: 48002, times: 1 })
    const later = await stage.plan('sales01', customers)
    await stage.work()
    expect(await stage.tasks(later)).toMatchObject([{ state: 'planned', intentKey: null, intents: 1 }])
    passed(10 * minute + 1_000)
    await stage.work()
    expect(await statesOf(later)).toEqual([['created', null]])

    controls.addApiFault({ path: `${api}add_msg_template`, kind: 'errcode', errcode: 40007, times: 1 })
    const refused = await stage.plan('sales01', customers)
    await stage.work()
    expect([await statesOf(refused), await stage.outcomes(refused)]).toEqual([[['failed', 'wecom-40007']], ['unsent']])
    const strangers = await stage.plan('sales01', stage.customersOf('sales02', 1))
    await stage.work()
    expect([await statesOf(strangers), await stage.outcomes(strangers)]).toEqual([[['failed', 'wecom-41048']], ['not-friend']])
    expect(await db().findOneBy(auditEntries, { action: 'outreach.failed', subjectId: (await stage.tasks(strangers))[0]?.id ?? '' })).toMatchObject({ actorKind: 'system', outcome: 'done', details: { reason: 'wecom-41048', customers: 1, source: 'story' } })
    await stage.cancel(later)
    await stage.work()
  })

  it('the locks are asked again right before the call: who fell out is left out, a refused task does not leave', async () => {
    const before = stage.inWecom()
    const customers = stage.customersOf('clerk01', 3)
    const ids = await Promise.all(customers.map(async (one) => (await stage.app.customer(one)).id))
    stage.locks = { refused: null, leftOut: new Map([[ids[0] ?? '', 'frequency']]) }
    const partly = await stage.plan('clerk01', customers)
    await stage.work()
    const [msgid = ''] = isNew(before)
    expect(stage.app.simulator.state.broadcasts.get(msgid)?.tasks[0]?.targets.map((target) => target.externalUserId).sort()).toEqual(customers.slice(1).sort())
    expect(stage.settled).toEqual(new Map([[ids[0], ['left-out']]]))
    expect(await progressOf(partly)).toMatchObject({ created: 2, unconfirmed: 2, failed: 1 })

    stage.locks = { refused: null, leftOut: new Map(ids.map((id) => [id, 'asked-not-to'])) }
    const nobody = await stage.plan('clerk01', customers)
    stage.locks = { ...stage.locks }
    await stage.work()
    expect(await statesOf(nobody)).toEqual([['failed', 'nobody-left']])
    stage.locks = { refused: 'approval-withdrawn', leftOut: new Map() }
    const refused = await stage.plan('clerk01', customers)
    await stage.work()
    expect([await statesOf(refused), await stage.outcomes(refused)]).toEqual([[['failed', 'approval-withdrawn']], ['unsent', 'unsent', 'unsent']])
    expect(isNew(before)).toHaveLength(1)
    await stage.cancel(partly)
    await stage.work()
  })

  it('a sender who has left sends nothing, and his quota is settled', async () => {
    const before = stage.inWecom()
    const sourceId = await stage.plan('sales03', stage.customersOf('sales03', 2))
    await db().update(staff, { userid: 'sales03' }, { status: 'left' })
    await stage.work()
    expect([await statesOf(sourceId), settledOnce(), isNew(before)]).toEqual([[['failed', 'sender-inactive']], ['unsent', 'unsent'], []])
    await db().update(staff, { userid: 'sales03' }, { status: 'active' })
  })

  it('cancelled: what was not made is not, what was made is taken back, what was confirmed stays', async () => {
    const { controls, state } = stage.app.simulator
    const before = stage.inWecom()
    const early = await stage.plan('clerk03', stage.customersOf('clerk03', 2), { notBefore: stage.now() + 60 * minute })
    const made = await stage.plan('clerk03', stage.customersOf('clerk03', 2))
    await stage.work()
    const [msgid = ''] = isNew(before)
    for (const id of [early, made]) await stage.cancel(id)
    expect([await statesOf(early), await stage.outcomes(early)]).toEqual([[['cancelled', 'not-wanted']], ['unsent', 'unsent']])
    expect(await stage.outcomes(made)).toEqual([null, null])
    await stage.work()
    expect([state.broadcasts.get(msgid)?.cancelled, await statesOf(made), await stage.outcomes(made)]).toEqual([true, [['cancelled', 'not-wanted']], ['unsent', 'unsent']])
    expect(settledOnce()).toEqual(['unsent,unsent', 'unsent,unsent'])
    expect(await progressOf(made)).toMatchObject({ created: 2, unconfirmed: 0, withdrawn: 2, failed: 0 })

    const tapped = await stage.plan('clerk03', stage.customersOf('clerk03', 2))
    await stage.work()
    controls.confirmBroadcast('clerk03', isNew([...before, msgid])[0] ?? '')
    await stage.cancel(tapped)
    await stage.work()
    expect([await statesOf(tapped), await stage.outcomes(tapped)]).toEqual([[['done', null]], ['sent', 'sent']])
  })

  it('cancelled while the outcome of the call is not known: it is found and taken back, or not sent again', async () => {
    const { controls, state } = stage.app.simulator
    for (const fault of ['lost', 'cut'] as const) {
      const before = stage.inWecom()
      controls.addApiFault({ path: `${api}add_msg_template`, kind: fault, times: 1 })
      const sourceId = await stage.plan('clerk03', stage.customersOf('clerk03', 1))
      await stage.work()
      await stage.cancel(sourceId)
      expect(await statesOf(sourceId)).toEqual([['intended', 'not-wanted']])
      passed(61_000)
      await stage.work()
      expect([await statesOf(sourceId), await stage.outcomes(sourceId)]).toEqual([[['cancelled', 'not-wanted']], ['unsent']])
      expect(isNew(before).map((msgid) => state.broadcasts.get(msgid)?.cancelled)).toEqual(fault === 'lost' ? [true] : [])
    }
  })

  it('two workers make each task once, and one call of a sender at a time', async () => {
    const before = stage.inWecom()
    const senders = ['clerk01', 'clerk02', 'clerk03', 'sales01']
    const sourceIds = [...senders, 'clerk01', 'clerk02'].map((userid) => () => stage.plan(userid, stage.customersOf(userid, 1)))
    const planned: string[] = []
    for (const plan of sourceIds) planned.push(await plan())
    for (let round = 0; round < 4; round += 1) {
      await stage.workAsTwo()
      passed(61_000)
    }
    const rows = (await Promise.all(planned.map((id) => stage.tasks(id)))).flat()
    expect(rows.map((row) => [row.state, row.intents])).toEqual(planned.map(() => ['created', 1]))
    expect(isNew(before).sort()).toEqual(rows.map((row) => row.msgid).sort())
    for (const id of planned) await stage.cancel(id)
    await stage.work()
  })

  it('nothing is left behind by all of this', async () => {
    expect(await db().find(outreachTasks, { where: [{ state: 'intended' }, { state: 'planned' }] })).toEqual([])
    expect(await db().countBy(outreachTasks, { leaseBy: Not(IsNull()) })).toBe(0)
    expect(await db().countBy(outreachRecipients, { outcome: IsNull() })).toBe(0)
  })
})
