import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differencesOfLists, listMarks, roleLimits } from '../../server/access/index.ts'
import { belowNode } from '../../server/access/listing/nodes.ts'
import { customers, insertCustomers } from '../../server/customers/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { signIn, type Person } from '../support/person.ts'
import { everyItem } from '../stories/support/answers.ts'
import { withContactCallback } from '../stories/support/contact-callback.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { setStage, type Stage } from './support/stage.ts'

/** Enough that the rows behind lists are not written before the kill. */
const moving = 2_000
/** How long the work is left lying after the kill: somebody looks at the lists meanwhile. */
const pausedMs = 25_000
const movedId = (place: number) => `wm-moved-${String(place).padStart(5, '0')}`
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

describe.each(await testDatabaseKinds())('kill -9 while the customers of a moved store are written into its new region, on %s', (kind) => {
  let stage: Stage
  let program: Bundle
  let server: ServerProcess | null = null
  let port = 0

  const company = generateCompany({ customers: 20, stores: 4, regions: 2, now: Date.now() - 86_400_000 })
  const store = company.departments.find((one) => one.kind === 'store') ?? { id: 0, parentId: 0 }
  const from = store.parentId
  const to = company.departments.find((one) => one.kind === 'region' && one.id !== from)?.id ?? 0
  const managerOf = (region: number) => company.staff.find((one) => one.role === 'regional-manager' && one.departmentIds.includes(region))?.userid ?? ''

  beforeAll(async () => {
    program = await bundle('test/crash/support/quick-server.ts')
    stage = await setStage({ company, database: kind, simulator: { ...withContactCallback.simulator } })
    await fillStore()
    port = await freePort()
    const url = `http://127.0.0.1:${port}/wecom/callback`
    stage.simulator.connect({ callbackUrl: url, contactCallbackUrl: url })
    await start()
  }, 180_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    await server?.ended
    await stage.stop()
    program.remove()
  })

  /** Customers in the pool of the store, written as imports write them. */
  async function fillStore(): Promise<void> {
    const { database } = stage.test
    const [pattern] = await database.db.getRepository(customers).find({ take: 1 })
    if (pattern === undefined) throw new Error('nobody to copy')
    await database.transaction(async (work) => {
      await work.db.getRepository(roleLimits).save({ roleKey: 'regional-manager', cardsPerHour: 1_000_000, cardsPerDay: 1_000_000, revealsPerDay: 1 })
      await insertCustomers(work, Array.from({ length: moving }, (_, place) => ({
        ...pattern, id: `0198${String(place).padStart(32, '0')}`, externalUserId: movedId(place), ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: store.id, lastActiveAt: 1_700_000_000_000 + place * 1_000,
      })))
    })
  }

  async function start(): Promise<void> {
    server = startProcess(program.file, { ...stage.env, ...withContactCallback.env, PORT: String(port) })
    await server.listening
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 240_000
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`still not: ${what}\n${server?.output() ?? ''}`)
      await pause(5)
    }
  }

  const marks = () => stage.test.database.db.getRepository(listMarks).find()
  const as = (userid: string): Promise<Person> => signIn({ url: `http://127.0.0.1:${port}`, publicUrl: stage.simulator.publicUrl, userid })
  const listOf = async (person: Person, query = '') => (await everyItem<{ customer: { externalUserId: string } }>(person, `/api/customers${query}`, 100)).map((item) => item.customer.externalUserId)
  const movedAmong = (ids: readonly string[]) => ids.filter((id) => id.startsWith('wm-moved-')).sort()
  const othersAmong = (ids: readonly string[]) => ids.filter((id) => !id.startsWith('wm-moved-')).sort()

  it('S52 the new manager sees every customer of the store and the old one none, while half of the rows are missing and after', { timeout: 420_000 }, async () => {
    const { db } = stage.test.database
    const all = Array.from({ length: moving }, (_, place) => movedId(place)).sort()
    const before = { old: await listOf(await as(managerOf(from))), fresh: await listOf(await as(managerOf(to))) }
    expect(movedAmong(before.old)).toEqual(all)
    expect(movedAmong(before.fresh)).toEqual([])

    stage.simulator.controls.moveDepartment(store.id, to)
    await until('the work has begun', async () => (await marks()).some((mark) => mark.position !== ''))
    server?.kill('SIGKILL')
    await server?.ended
    const left = await marks()
    expect(left.map((mark) => [mark.name, mark.round])).toEqual([[`department:${store.id}`, 1]])
    const rowsAt = async (region: number) => Number((await db.query('SELECT COUNT(*) AS n FROM customer_scope WHERE node = ?', [belowNode(region)]) as { n: unknown }[])[0]?.n)
    for (const region of [from, to]) expect([region, await rowsAt(region)]).toSatisfy(([, rows]) => rows > 50 && rows < moving)
    await db.getRepository(listMarks).update({ name: `department:${store.id}` }, { notBefore: Date.now() + pausedMs })

    await start()
    const [old, fresh] = [await as(managerOf(from)), await as(managerOf(to))]
    const [seen, seenByOld] = [await listOf(fresh), await listOf(old)]
    expect(movedAmong(seen)).toEqual(all)
    expect(new Set(seen).size).toBe(seen.length)
    expect(movedAmong(seenByOld)).toEqual([])
    expect(othersAmong(before.fresh).filter((id) => !seen.includes(id))).toEqual([])
    expect(seenByOld.filter((id) => !before.old.includes(id))).toEqual([])
    expect(movedAmong(await listOf(fresh, '?stage=lead'))).toEqual(await stageOf('lead'))
    expect((await differencesOfLists(db)).different).not.toEqual([])

    await until('the work is done', async () => (await marks()).length === 0)
    expect((await differencesOfLists(db)).different).toEqual([])
    expect(await listOf(fresh)).toEqual(seen)
    expect(await listOf(old)).toEqual(seenByOld)
  })

  async function stageOf(name: string): Promise<string[]> {
    const rows = await stage.test.database.db.getRepository(customers).findBy({ stage: name, poolDepartmentId: store.id })
    return movedAmong(rows.map((row) => row.externalUserId))
  }
})
