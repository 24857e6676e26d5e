import { IsNull, Not } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { handBroadcasts, handParts } from '../../server/broadcasts/by-hand/hand.entity.ts'
import { broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { quotaUses } from '../../server/broadcasts/quotas/quota.entity.ts'
import { staff } from '../../server/organization/index.ts'
import { generateCompany } from '../company/generate.ts'
import { seededRandom } from '../company/random.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { deadLetters } from './support/proof.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { startSlowWecom } from './support/slow-wecom.ts'
import { setStage, type Stage } from './support/stage.ts'

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
/** On MariaDB a claim outlives its process by two seconds, so fewer deaths take as long. */
const kills = { sqlite: 12, mysql: 5 } as const

describe.each(await testDatabaseKinds())('kill -9 between the reading and the counting of broadcasts sent by hand, on %s', (kind) => {
  let stage: Stage
  let program: Bundle
  let server: ServerProcess | null = null

  beforeAll(async () => {
    program = await bundle('test/crash/support/hand-server.ts')
    stage = await setStage({ company: generateCompany({ customers: 400, stores: 4, regions: 1, now: Date.now() - 86_400_000 }), database: kind })
  }, 120_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    await stage.stop()
    program.remove()
  })

  it('S40 S43 each customer is counted once, with his charge', { timeout: 240_000 }, async () => {
    const { db } = stage.test.database
    const { controls, state } = stage.simulator
    const senders = [...state.staff.values()].filter((one) => (state.customersOf.get(one.userid.toLowerCase())?.size ?? 0) > 0)
    // Twice, so that a second one of the same sender meets the first under way.
    for (const text of ['上午好', '下午好']) for (const { userid } of senders) controls.memberSendsBroadcast(userid, { text })
    const made = [...state.broadcasts.values()]
    const random = seededRandom(Date.now())
    const slow = await startSlowWecom(stage.simulator.apiBase, 'get_groupmsg_send_result', 120, random)
    const open = async () => await db.count(handBroadcasts) < made.length ? made.length : db.countBy(handBroadcasts, { nextAt: Not(IsNull()) })
    const start = async () => {
      server = startProcess(program.file, { ...stage.env, WECOM_API_BASE: slow.apiBase, PORT: String(await freePort()) })
      await server.listening
      return server
    }
    let underWay = 0
    for (let death = 0; death < kills[kind]; death += 1) {
      const before = await db.count(handParts)
      const running = await start()
      for (const end = Date.now() + 8_000; await db.count(handParts) === before && await open() > 0 && Date.now() < end;) await pause(5)
      await pause(random.integer(0, 60))
      running.kill('SIGKILL')
      await running.ended
      underWay += await open() > 0 && await db.count(handParts) > 0 ? 1 : 0
    }
    const last = await start()
    for (const end = Date.now() + 90_000; await open() > 0;) {
      if (Date.now() > end) throw new Error(`not all were counted:\n${last.output()}`)
      await pause(100)
    }
    await slow.stop()

    const targets = made.flatMap((record) => record.tasks.flatMap((task) => task.targets.map((target) => ({ userid: task.userid.toLowerCase(), ...target }))))
    const people = new Map((await db.find(staff)).map((one) => [one.id, one.userid]))
    const sent = targets.filter((one) => one.status === 1)
    const used = (await db.findBy(quotaUses, { bucket: '*|*' })).filter((row) => row.period.length === 7)
    const expected = new Map<string, number>()
    for (const { userid } of sent) expected.set(userid, (expected.get(userid) ?? 0) + 1)
    expect(new Map(used.map((row) => [people.get(row.staffId), row.used]))).toEqual(expected)
    expect([await db.count(handBroadcasts), await db.count(handParts), await db.count(broadcastRecipients)]).toEqual([made.length, made.length, targets.length])
    const counted = (await db.findBy(auditEntries, { action: 'broadcast.hand-counted' })).reduce((sum, entry) => sum + Number(entry.details?.['customers'] ?? 0), 0)
    expect([counted, sent.length > senders.length]).toEqual([sent.length, true])
    expect(underWay, 'deaths that met a counting under way').toBeGreaterThan(kills[kind] / 4)
    expect((await deadLetters(stage.test.database)).filter((letter) => letter.startsWith('hand-broadcast'))).toEqual([])
  })
})
