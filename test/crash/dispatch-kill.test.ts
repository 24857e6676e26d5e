import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { minuteOfDay } from '../../server/company-day.ts'
import { customers } from '../../server/customers/index.ts'
import { staff } from '../../server/organization/index.ts'
import { createOutreach, outreachRecipients, outreachSettings, outreachTasks } from '../../server/outreach/index.ts'
import { generateCompany } from '../company/generate.ts'
import { seededRandom } from '../company/random.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { deadLetters } from './support/proof.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { startSlowWecom } from './support/slow-wecom.ts'
import { setStage, type Stage } from './support/stage.ts'

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
const text = '新品到店，欢迎来看'
/** On MariaDB a claim outlives its process by two seconds, so fewer deaths take as long. */
const sizes = { sqlite: { tasks: 200, kills: 20 }, mysql: { tasks: 40, kills: 4 } } as const

describe.each(await testDatabaseKinds())('kill -9 while broadcasts are made, on %s', (kind) => {
  const { tasks, kills } = sizes[kind]
  let stage: Stage
  let program: Bundle
  let server: ServerProcess | null = null

  beforeAll(async () => {
    program = await bundle('test/crash/support/outreach-server.ts')
    stage = await setStage({
      company: generateCompany({ customers: tasks * 1.5, stores: 4, regions: 1, now: Date.now() - 86_400_000 }), database: kind, simulator: { strict: { broadcastDispatchMs: 200 } },
    })
  }, 120_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    await stage.stop()
    program.remove()
  })

  /** One task for each of many pairs, all with the same text: only sender and customer tell them apart. */
  async function plan(): Promise<Map<string, string>> {
    const { database } = stage.test
    const here = Date.now()
    const from = (minuteOfDay(here, 'Asia/Shanghai') + 720) % 1_440
    await database.db.insert(outreachSettings, { id: 'company', quietFrom: from, quietUntil: (from + 60) % 1_440, version: 1, updatedAt: here, updatedBy: uuid() })
    const people = new Map((await database.db.find(staff)).map((person) => [person.userid, person.id]))
    const known = new Map((await database.db.find(customers, { select: { id: true, externalUserId: true } })).map((row) => [row.externalUserId, row.id]))
    const pairs = stage.company.customers.flatMap((customer) => customer.follows.slice(0, 1).map(({ userid }) => ({ userid: userid.toLowerCase(), externalUserId: customer.externalUserId })))
      .filter(({ userid }) => people.has(userid)).slice(0, tasks)
    expect(pairs).toHaveLength(tasks)
    const outreach = createOutreach({ database, audit: { record: () => Promise.reject(new Error('nothing to record')), recordAlone: () => Promise.reject(new Error('nothing to record')) }, clock: Date.now, log: { info: () => undefined, warn: () => undefined, error: () => undefined }, zone: 'Asia/Shanghai' })
    outreach.register({ name: 'crash', check: () => Promise.resolve({ refused: null, leftOut: new Map() }), settled: () => Promise.resolve() })
    await database.transaction((work) => outreach.plan(work, {
      source: 'crash', sourceId: 'one', notBefore: Date.now(),
      parts: pairs.map(({ userid, externalUserId }) => ({ staffId: people.get(userid) ?? '', text, attachments: [], customerIds: [known.get(externalUserId) ?? ''] })),
    }))
    return new Map(pairs.map((pair) => [pair.externalUserId, pair.userid]))
  }

  it('each task is in WeCom exactly once', { timeout: 360_000 }, async () => {
    const { db } = stage.test.database
    const wanted = await plan()
    const random = seededRandom(Date.now())
    const slow = await startSlowWecom(stage.simulator.apiBase, 'add_msg_template', 300, random)
    const left = () => db.countBy(outreachTasks, [{ state: 'planned' }, { state: 'intended' }])
    const intents = async () => await db.sum(outreachTasks, 'intents') ?? 0
    const start = async () => {
      server = startProcess(program.file, { ...stage.env, WECOM_API_BASE: slow.apiBase, PORT: String(await freePort()) })
      await server.listening
      return server
    }
    let metCalls = 0
    for (let death = 0; death < kills; death += 1) {
      const before = await intents()
      const running = await start()
      for (const end = Date.now() + 5_000; await intents() === before && Date.now() < end;) await pause(5)
      await pause(random.integer(0, 250))
      running.kill('SIGKILL')
      await running.ended
      metCalls += await db.countBy(outreachTasks, { state: 'intended' }) > 0 ? 1 : 0
    }
    const last = await start()
    const end = Date.now() + 90_000
    while (await left() > 0) {
      if (Date.now() > end) throw new Error(`not all were made:\n${last.output()}`)
      await pause(100)
    }

    const made = [...stage.simulator.state.broadcasts.values()].flatMap((broadcast) => broadcast.tasks.flatMap((task) => task.targets.map((target) => `${target.externalUserId} from ${task.userid.toLowerCase()}`)))
    expect(made.sort()).toEqual([...wanted].map(([customer, userid]) => `${customer} from ${userid}`).sort())
    expect(metCalls, 'deaths that met a call under way').toBeGreaterThan(kills / 4)
    await slow.stop()
    const rows = await db.find(outreachTasks)
    expect(new Set(rows.map((row) => row.msgid))).toEqual(new Set(stage.simulator.state.broadcasts.keys()))
    expect([...new Set(rows.map((row) => row.state))]).toEqual(['created'])
    expect(await db.countBy(auditEntries, { action: 'outreach.created' })).toBe(tasks)
    expect(await db.count(outreachRecipients)).toBe(tasks)
    // Twenty deaths in a row may park a reading of the directory that was begun each time; no broadcast is lost by them.
    expect((await deadLetters(stage.test.database)).filter((letter) => letter.startsWith('outreach'))).toEqual([])
  })
})
