import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { outreachTasks } from '../../server/outreach/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { agreed } from '../support/second-person.ts'
import { outreachStage, type OutreachStage } from './support/outreach-stage.ts'

const api = '/cgi-bin/externalcontact/'
const minute = 60_000
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

describe.each(await testDatabaseKinds())('broadcasts and the night, on %s', (kind) => {
  let stage: OutreachStage
  /** Each story has a day of its own. */
  let day = 0
  beforeAll(async () => { stage = await outreachStage(kind) })
  afterEach(() => {
    day += 5
    stage.app.simulator.controls.clearApiFaults()
    stage.settled.clear()
  })
  afterAll(() => stage.app.stop())

  const db = () => stage.app.services.database.db
  const controls = () => stage.app.simulator.controls
  const until = (hour: number, minutes = 0, more = 0) => stage.travel(stage.at(day + more, hour, minutes))
  const tasks = async (sourceId: string) => (await stage.tasks(sourceId)).map((task) => [task.state, task.reason])
  const openFor = (userid: string) => controls().openBroadcasts(userid)
  const settledOnce = () => [...stage.settled.values()].map((outcomes) => outcomes.join()).sort()
  const calls = (name: string) => controls().calls(`${api}${name}`).length

  it('S42 nothing is made in the night or ten minutes before it', async () => {
    until(20, 49)
    const first = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    expect(await tasks(first)).toEqual([['created', null]])
    until(20, 50)
    const second = await stage.plan('clerk02', stage.customersOf('clerk02', 1))
    for (const [hour, minutes, more] of [[20, 50, 0], [20, 59, 0], [21, 0, 0], [23, 59, 0], [0, 0, 1], [7, 59, 1]] as const) {
      until(hour, minutes, more)
      await stage.work()
      expect([hour, minutes, await tasks(second), openFor('clerk02')]).toEqual([hour, minutes, [['planned', null]], []])
    }
    until(8, 0, 1)
    await stage.work()
    expect([await tasks(second), openFor('clerk02').length]).toEqual([[['created', null]], 1])
    for (const id of [first, second]) await stage.cancel(id)
    await stage.work()
  })

  it('S42 what nobody confirmed is taken back before the night, a tap then sends nothing, and it is offered again in the morning', async () => {
    until(14)
    const early = await stage.plan('clerk01', stage.customersOf('clerk01', 2))
    const late = await stage.plan('clerk02', stage.customersOf('clerk02', 2))
    await stage.work()
    controls().confirmBroadcast('clerk01', openFor('clerk01')[0]?.msgid ?? '')
    const [offered] = openFor('clerk02')
    await stage.workUntil(stage.at(day, 20, 50), 60 * minute)
    expect(await tasks(early)).toEqual([['done', null]])
    expect(await tasks(late)).toEqual([['withdrawn', 'quiet-hours'], ['planned', null]])
    until(21, 30)
    expect(openFor('clerk02')).toEqual([])
    expect(() => controls().confirmBroadcast('clerk02', offered?.msgid ?? '')).toThrow('cancelled')
    await stage.workUntil(stage.at(day + 1, 7, 59), 5 * 60 * minute)
    expect([openFor('clerk02'), settledOnce()]).toEqual([[], ['sent', 'sent']])
    until(8, 0, 1)
    await stage.work()
    expect(await tasks(late)).toEqual([['withdrawn', 'quiet-hours'], ['created', null]])
    expect(await stage.app.services.outreach.progress(db(), 'story', late)).toMatchObject({ created: 2, unconfirmed: 2, sent: 0, withdrawn: 0 })
    const [again] = openFor('clerk02')
    expect(again).toMatchObject({ text: offered?.text, customers: 2 })
    controls().confirmBroadcast('clerk02', again?.msgid ?? '')
    await stage.workUntil(stage.at(day + 1, 8, 10), minute)
    expect([(await tasks(late)).at(-1), settledOnce()]).toEqual([['done', null], ['sent', 'sent', 'sent', 'sent']])
    expect(await db().findOneBy(auditEntries, { action: 'outreach.withdrawn', subjectId: (await stage.tasks(late))[0]?.id ?? '' })).toMatchObject({ details: { reason: 'quiet-hours', customers: 2 } })
  })

  /** Runs `meanwhile` between the last reading before the cancelling and the cancelling itself. */
  async function whileCancelling(meanwhile: () => void): Promise<void> {
    controls().addApiFault({ path: `${api}cancel_groupmsg_send`, kind: 'slow', ms: 600, times: 1 })
    const before = calls('get_groupmsg_task')
    const work = stage.work()
    while (calls('get_groupmsg_task') === before) await pause(5)
    await pause(50)
    meanwhile()
    await work
  }

  it('S42 a tap between the last reading and the cancelling is seen: what was sent is not offered again', async () => {
    until(14)
    const sourceId = await stage.plan('clerk01', stage.customersOf('clerk01', 2))
    await stage.work()
    until(20, 50)
    await whileCancelling(() => void controls().confirmBroadcast('clerk01', openFor('clerk01')[0]?.msgid ?? ''))
    await stage.work()
    expect([await tasks(sourceId), settledOnce()]).toEqual([[['done', null]], ['sent', 'sent']])
  })

  it('S42 what the last reading proved unsent is offered again although WeCom shows it no more; what it did not prove counts as sent', async () => {
    until(14)
    const proven = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    until(20, 50)
    await whileCancelling(() => controls().addApiFault({ path: `${api}get_groupmsg_task`, kind: 'errcode', errcode: 41093 }))
    expect(await tasks(proven)).toEqual([['withdrawn', 'quiet-hours'], ['planned', null]])
    await stage.cancel(proven)
    controls().clearApiFaults()
    stage.settled.clear()

    until(14, 0, 1)
    const unproven = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    controls().addApiFault({ path: `${api}get_groupmsg_task`, kind: 'errcode', errcode: 41093 })
    until(20, 50, 1)
    await stage.work()
    expect([await tasks(unproven), settledOnce()]).toEqual([[['withdrawn', 'not-proven-unsent']], ['sent']])
  })

  /** WeCom shows these rows with a status that it does not document. */
  function withStatus(endpoint: string, rows: string, status: number): void {
    controls().addApiFault({
      path: `${api}${endpoint}`, kind: 'changed',
      change: (answer) => ({ ...answer, [rows]: z.array(z.looseObject({})).parse(answer[rows]).map((row) => ({ ...row, status })) }),
    })
  }

  it('S42 a status that nobody documents proves nothing: not offered again, and counted as sent', async () => {
    until(14)
    const open = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    withStatus('get_groupmsg_task', 'task_list', 1)
    until(20, 50)
    await stage.work()
    expect([await tasks(open), settledOnce()]).toEqual([[['withdrawn', 'not-proven-unsent']], ['sent']])
    controls().clearApiFaults()
    stage.settled.clear()

    until(9, 0, 1)
    const confirmed = await stage.plan('clerk02', stage.customersOf('clerk02', 1))
    await stage.work()
    controls().confirmBroadcast('clerk02', openFor('clerk02')[0]?.msgid ?? '')
    withStatus('get_groupmsg_send_result', 'send_list', 4)
    await stage.workUntil(stage.at(day + 2, 14), 60 * minute)
    expect([await tasks(confirmed), settledOnce()]).toEqual([[['done', null]], ['sent']])
  })

  it('S42 taking back goes on after a crash between its lines, and while WeCom is away', async () => {
    until(14)
    const sourceId = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    const [task] = await stage.tasks(sourceId)
    // A process wrote the wish, cancelled in WeCom and died.
    until(20, 50)
    await db().update(outreachTasks, { id: task?.id ?? '' }, { withdrawal: 'quiet-hours', withdrawalAt: stage.now(), unsentAt: stage.now(), nextAt: stage.now() })
    await stage.app.services.wecom.cancelBroadcast(task?.msgid ?? '')
    controls().addApiFault({ path: `${api}get_groupmsg_task`, kind: 'http', status: 502 })
    await stage.workUntil(stage.at(day, 22), 30 * minute)
    expect(await tasks(sourceId)).toEqual([['created', null]])
    controls().clearApiFaults()
    until(8, 30, 1)
    await stage.work()
    expect(await tasks(sourceId)).toEqual([['withdrawn', 'quiet-hours'], ['created', null]])
    await stage.cancel(sourceId)
    await stage.work()
  })

  it('S42 after 72 hours what nobody confirmed is taken back for good, and the quota returns once', async () => {
    until(10)
    const sourceId = await stage.plan('clerk03', stage.customersOf('clerk03', 2))
    await stage.work()
    for (let more = 0; more < 3; more += 1) {
      await stage.workUntil(stage.at(day + more, 20, 50), 4 * 60 * minute)
      until(8, 0, more + 1)
      await stage.work()
    }
    until(9, 59, 3)
    await stage.work()
    expect(await tasks(sourceId)).toEqual([...Array<unknown>(3).fill(['withdrawn', 'quiet-hours']), ['created', null]])
    expect(settledOnce()).toEqual([])
    until(10, 1, 3)
    await stage.work()
    expect([(await tasks(sourceId)).at(-1), settledOnce(), openFor('clerk03')]).toEqual([['withdrawn', 'expired'], ['unsent', 'unsent'], []])
  })

  it('a sender who has not confirmed is reminded three times a day at most, by WeCom and by a message', async () => {
    until(9)
    const before = controls().outbox('sales01').length
    const sourceId = await stage.plan('sales01', stage.customersOf('sales01', 1))
    for (; stage.now() < stage.at(day, 20, 40); stage.travel(stage.now() + 60 * minute)) {
      await stage.work()
      await stage.app.background.outbox.drain()
    }
    const [task] = await stage.tasks(sourceId)
    const hours = stage.app.simulator.state.broadcasts.get(task?.msgid ?? '')?.remindedAt.map((at) => Math.round((at - stage.at(day, 9)) / 3_600_000))
    expect(hours).toEqual([2, 5, 9])
    const texts = controls().outbox('sales01').slice(before).map((message) => JSON.stringify(message))
    expect(texts).toHaveLength(3)
    for (const text of texts) {
      expect(text).toContain('20:50')
      expect(text).not.toContain('新品到店')
    }
    await stage.cancel(sourceId)
    await stage.work()
  })

  it('S42 the company sets its quiet hours: by whom, how, and what happens to what is out', async () => {
    const lead = await stage.app.as('marketinglead01')
    const clerk = await stage.app.as('clerk01')
    const path = '/api/outreach/quiet-hours'
    expect((await lead.get(path)).body).toEqual({ from: '21:00', until: '08:00', version: 0 })
    expect([(await clerk.get(path)).status, (await clerk.send('PUT', path, { body: JSON.stringify({ from: '12:00', until: '13:00', version: 0 }) })).status]).toEqual([403, 403])
    const set = (body: object) => lead.send('PUT', path, { body: JSON.stringify(body) })
    expect([(await set({ from: '24:00', until: '08:00', version: 0 })).status, (await set({ from: '08:30', until: '08:00', version: 0 })).body.error.code]).toEqual([400, 'outreach.quiet_hours_too_long'])
    until(14)
    const sourceId = await stage.plan('clerk01', stage.customersOf('clerk01', 1))
    await stage.work()
    const fresh = await stage.app.as('marketinglead01')
    const changed = await Promise.all([1, 2].map(() => fresh.send('PUT', path, { body: JSON.stringify({ from: '14:00', until: '15:30', version: 0 }) })))
    // The afternoon would be quiet, and the whole night open: that needs a second person, and both asked for the same.
    expect([changed.map((reply) => reply.body.version), new Set(changed.map((reply) => reply.body.approvalId)).size]).toEqual([[0, 0], 1])
    expect((await fresh.get(path)).body).toEqual({ from: '21:00', until: '08:00', version: 0 })
    for (const reply of changed.slice(0, 1)) await agreed(stage.app, reply)
    expect((await fresh.send('PUT', path, { body: JSON.stringify({ from: '14:00', until: '15:30', version: 0 }) })).body.error.code).toBe('outreach.version_conflict')
    await stage.work()
    expect(await tasks(sourceId)).toEqual([['withdrawn', 'quiet-hours'], ['planned', null]])
    until(15, 30)
    await stage.work()
    expect((await tasks(sourceId)).at(-1)).toEqual(['created', null])
    expect(await db().findBy(auditEntries, { action: 'outreach.quiet-hours-set' })).toMatchObject([{ actorKind: 'staff', outcome: 'done', details: { fromMinute: 840, untilMinute: 930, beforeFrom: 1260, beforeUntil: 480 } }])
    // A longer night holds at once, and what waited is asked no more.
    const shorter = await fresh.send('PUT', path, { body: JSON.stringify({ from: '14:30', until: '15:30', version: 1 }) })
    expect((await fresh.send('PUT', path, { body: JSON.stringify({ from: '13:00', until: '15:30', version: 1 }) })).body).toEqual({ from: '13:00', until: '15:30', version: 2, approvalId: null })
    expect((await (await stage.app.as('admin01')).post(`/api/approvals/${shorter.body.approvalId}/decision`, { verdict: 'approve' })).body.outcome).not.toBe('approved')
    await agreed(stage.app, await fresh.send('PUT', path, { body: JSON.stringify({ from: '21:00', until: '08:00', version: 2 }) }))
    expect((await fresh.get(path)).body).toEqual({ from: '21:00', until: '08:00', version: 3 })
    await stage.cancel(sourceId)
    await stage.work()
  })

  describe('when several in WeCom look alike', () => {
    /** A call whose answer is lost, while somebody else makes the same broadcast by hand through another application. */
    async function parked(customers: readonly string[]): Promise<{ sourceId: string; taskId: string; ours: string; foreign: string }> {
      controls().addApiFault({ path: `${api}add_msg_template`, kind: 'lost', times: 1 })
      const before = stage.inWecom()
      const sourceId = await stage.plan('clerk01', customers)
      await stage.work()
      const [ours = ''] = stage.inWecom().filter((msgid) => !before.includes(msgid))
      const { msgid: foreign } = await stage.app.services.wecom.addBroadcast({ sender: 'clerk01', externalUserIds: customers, text: '新品到店，欢迎来看', attachments: [] })
      stage.travel(stage.now() + 61_000)
      await stage.work()
      return { sourceId, taskId: (await stage.tasks(sourceId))[0]?.id ?? '', ours, foreign }
    }

    it('the task waits for a person, who says which it is, once', async () => {
      until(14)
      const { sourceId, taskId, ours, foreign } = await parked(stage.customersOf('clerk01', 2))
      expect(await tasks(sourceId)).toEqual([['parked', null]])
      const next = await stage.plan('clerk01', stage.customersOf('clerk01', 3).slice(2))
      await stage.work()
      expect(await tasks(next)).toEqual([['planned', null]])
      const admin = await stage.app.as('admin01')
      const list = await admin.get('/api/outreach/parked')
      expect(list.body).toEqual({ items: [{ id: taskId, source: 'story', sourceId, sender: { userid: 'clerk01', name: expect.any(String) }, customers: 2, intentAt: expect.any(Number), candidates: expect.arrayContaining([ours, foreign]) }], nextCursor: null })
      expect(list.text).not.toContain('新品到店')
      for (const userid of ['clerk01', 'marketinglead01', 'director01']) expect((await (await stage.app.as(userid)).get('/api/outreach/parked')).status).toBe(403)
      const resolve = (body: object) => admin.post(`/api/outreach/parked/${taskId}/resolve`, body)
      expect([(await resolve({ msgid: 'msgOTHER' })).body.error.code, (await resolve({ msgid: ours, giveUp: true })).status]).toEqual(['parked.not_found', 400])
      expect((await Promise.all([1, 2].map(() => resolve({ msgid: ours })))).map((reply) => reply.status).sort()).toEqual([200, 404])
      controls().confirmBroadcast('clerk01', ours)
      await stage.workUntil(stage.now() + 3 * minute, minute)
      expect([await tasks(sourceId), await tasks(next)]).toEqual([[['done', null]], [['created', null]]])
      expect(await db().findBy(auditEntries, { action: 'outreach.matched' })).toMatchObject([{ actorKind: 'staff', subjectId: taskId, details: { msgid: ours } }])
      await stage.cancel(next)
      await stage.work()
    })

    it('a task that is given up is never sent again, and its customers count as reached', async () => {
      until(14)
      const { sourceId, taskId } = await parked(stage.customersOf('clerk01', 2))
      const before = stage.inWecom()
      const admin = await stage.app.as('admin01')
      expect((await admin.post(`/api/outreach/parked/${taskId}/resolve`, { giveUp: true })).status).toBe(200)
      await stage.workUntil(stage.now() + 10 * minute, minute)
      expect([await tasks(sourceId), settledOnce(), stage.inWecom()]).toEqual([[['failed', 'given-up']], ['sent', 'sent'], before])
      expect(await db().findBy(auditEntries, { action: 'outreach.given-up', subjectId: taskId })).toHaveLength(1)
    })

    it('one that goes to other customers, or from another sender, is not taken for it', async () => {
      until(14)
      const [one = '', other = ''] = stage.customersOf('clerk01', 2)
      const text = '新品到店，欢迎来看'
      controls().addApiFault({ path: `${api}add_msg_template`, kind: 'cut', times: 1 })
      const sourceId = await stage.plan('clerk01', [one])
      await stage.work()
      await stage.app.services.wecom.addBroadcast({ sender: 'clerk01', externalUserIds: [one, other], text, attachments: [] })
      await stage.app.services.wecom.addBroadcast({ sender: 'clerk02', externalUserIds: stage.customersOf('clerk02', 1), text, attachments: [] })
      const before = stage.inWecom()
      stage.travel(stage.now() + 61_000)
      await stage.work()
      expect(await stage.tasks(sourceId)).toMatchObject([{ state: 'created', intents: 2 }])
      expect(stage.inWecom()).toHaveLength(before.length + 1)
      await stage.cancel(sourceId)
      await stage.work()
    })
  })
})
