import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '#shared/contracts/index'
import { addTags, customers, customerTags, newCustomer, updateCustomer } from '../../server/customers/index.ts'
import { removeTags } from '../../server/customers/customer-rows.ts'
import { applyDirectory, readDirectory, type DirectorySnapshot } from '../../server/organization/index.ts'
import { orders, visits } from '../../server/records/index.ts'
import { generateCompany } from '../company/generate.ts'
import { seededRandom } from '../company/random.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { relist } from '../support/lists.ts'
import type { Person } from '../support/person.ts'
import { idsOf, sorted } from './support/answers.ts'
import { publishPolicy } from './support/publishing.ts'
import { requests } from './support/route-requests.ts'
import { Standings } from './support/standings.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

/** How long they work; `S14_SECONDS=60` for the whole minute. */
const workMs = Number(process.env['S14_SECONDS'] ?? 10) * 1_000
const cities = 50
const firstRegion = 100
const perCity = 12
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const externalIdOf = (place: number) => `wmS14x${place}x`

/** Every list that holds no customer's id in its path, as a manager would ask it; what he may not have is refused. */
const otherLists = contracts.filter((one) => one.method === 'GET' && one.needs.kind !== 'public' && !/:(id|number|userid|name|externalUserId)/.test(one.path) && one.path !== '/api/jssdk/config')
  .map((one) => one.path + (requests[`GET ${one.path}`]?.query ?? ''))
const partsOfOne = contracts.filter((one) => one.method === 'GET' && /^\/api\/customers\/:externalUserId(\/\w[\w-]*)?$/.test(one.path))
  .map((one) => one.path + (requests[`GET ${one.path}`]?.query ?? ''))

describe.each(await testDatabaseKinds())('fifty city managers at once, on %s', (kind) => {
  let app: StoryApp
  const managers: { readonly city: number, readonly person: Person }[] = []
  const cityOfStore = new Standings<number>()
  const storeOfCustomer = new Standings<number>()
  const managerOf = new Map<number, string>()
  /** As it was read before anybody works; a reading of all departments in between would take the time of the readers. */
  let directory: DirectorySnapshot = { departments: [], staff: [] }
  const tagId = () => app.company.tagGroups[0]?.tags[0]?.id ?? ''

  beforeAll(async () => {
    app = await storyApp({ database: kind, company: generateCompany({ regions: cities, stores: cities, staffPerStore: 2, customers: 0 }) })
    for (const { id, parentId } of app.company.departments.filter((one) => one.kind === 'store')) cityOfStore.begin(id, parentId)
    for (const one of app.company.staff.filter((person) => person.role === 'store-manager')) managerOf.set(one.departmentIds[0] ?? 0, (await app.staffOf(one.userid)).id)
    await fill()
    directory = await readDirectory(app.services.wecom)
    await publishPolicy(app, (document) => {
      document.limits = [...document.limits.filter((one: { roleKey: string }) => one.roleKey !== 'regional-manager'), { roleKey: 'regional-manager', cardsPerHour: 1_000_000, cardsPerDay: 1_000_000, revealsPerDay: 0 }]
    })
    for (let city = 0; city < cities; city += 1) managers.push({ city: firstRegion + city, person: await app.person(`regional${String(city + 1).padStart(2, '0')}`) })
  }, 400_000)
  afterAll(() => app.stop())

  /** Customers of every store, each with a purchase, a visit and its own number in all of them. */
  async function fill(): Promise<void> {
    const { db } = app.services.database
    const now = Date.now()
    const stores = cityOfStore.things()
    const rows = Array.from({ length: cities * perCity }, (_, place) => {
      const store = stores[place % stores.length] ?? 0
      storeOfCustomer.begin(place, store)
      return { ...newCustomer(externalIdOf(place), `顾${place}顾的名字`, now - place), ownerStaffId: managerOf.get(store) ?? null, ownerDepartmentId: store, stage: place % 2 === 0 ? 'lead' : 'intent' }
    })
    for (let from = 0; from < rows.length; from += 100) {
      const part = rows.slice(from, from + 100)
      await db.getRepository(customers).insert(part)
      await db.getRepository(orders).insert(part.map((row) => ({ id: uuid(), customerId: row.id, storeDepartmentId: row.ownerDepartmentId, orderNo: `N-${row.externalUserId}`, amountFen: 100, placedAt: now, items: [row.name] })))
      await db.getRepository(visits).insert(part.map((row) => ({ id: uuid(), customerId: row.id, storeDepartmentId: row.ownerDepartmentId, staffId: null, visitedAt: now, note: row.name })))
    }
    await relist(app.services.database)
  }

  const directoryOptions = () => {
    const { database, access, clock, wecom, staffWriter: writer } = app.services
    return { database, access, clock, wecom, writer }
  }

  /** What this manager may not have seen at any moment of the request. */
  function foreignIn(text: string, city: number, began: number, ended: number): string[] {
    const stoodIn = (store: number) => cityOfStore.between(store, began, ended).includes(city)
    const people = new Set([...text.matchAll(/wmS14x(\d+)x|顾(\d+)顾/g)].map(([, id, name]) => Number(id ?? name)))
    return [...people].filter((place) => !storeOfCustomer.between(place, began, ended).some(stoodIn)).map((place) => `customer ${place}`)
  }

  function foreignStores(body: any, city: number, began: number, ended: number): string[] {
    const listed: { departmentId?: number, department?: { id: number } }[] = [...body?.items ?? [], ...body?.groups ?? []]
    const stores = listed.flatMap((one) => one.departmentId ?? one.department?.id ?? []).filter((id) => cityOfStore.placeOf(id) !== undefined)
    return stores.filter((store) => !cityOfStore.between(store, began, ended).includes(city)).map((store) => `store ${store}`)
  }

  /** Lists, filters, pages, opens and searches until the time is over. */
  async function work({ city, person }: typeof managers[number], isOver: () => boolean, seed: number) {
    const random = seededRandom(seed)
    const seen = { requests: 0, rows: 0, foreign: [] as string[], refused: new Set<string>() }
    const ask = async (path: string) => {
      const began = performance.now()
      const reply = await person.get(path)
      const ended = performance.now()
      seen.requests += 1
      if (reply.status >= 400 && !(reply.status === 403 || reply.status === 404)) seen.refused.add(`${reply.status} ${path}`)
      for (const one of [...foreignIn(reply.text, city, began, ended), ...foreignStores(reply.body, city, began, ended)]) seen.foreign.push(`${city} ${path}: ${one}`)
      if (reply.status === 200) seen.rows += (reply.text.match(/wmS14x\d+x"/g) ?? []).length
      return reply
    }
    const pages = async (query: string) => {
      let cursor: string | null = ''
      for (let page = 0; page < 3 && cursor !== null && !isOver(); page += 1) {
        const { body } = await ask(`/api/customers?limit=${random.pick([3, 7, 20])}${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
        cursor = body?.nextCursor ?? null
      }
    }
    do {
      const anyone = random.integer(0, cities * perCity - 1)
      await random.pick([
        () => pages(''), () => pages(`&stage=${random.pick(['lead', 'intent'])}`), () => pages(`&tag=${tagId()}`), () => pages(`&q=${encodeURIComponent('的名字')}`), () => pages(`&q=${encodeURIComponent(`顾${anyone}顾`)}`),
        () => pages(`&owner=manager${String(random.integer(1, cities)).padStart(2, '0')}`),
        () => ask(random.pick(partsOfOne).replace(':externalUserId', externalIdOf(anyone))),
        () => ask(random.pick(otherLists)),
        () => ask(`/api/reports/${random.pick(['customers', 'visits', 'spending'])}?level=store&department=${random.pick([city, firstRegion + random.integer(0, cities - 1)])}`),
      ])()
    } while (!isOver())
    return seen
  }

  /** Owners, tags and stages change all the time; now and then a whole store moves to another city. */
  async function move(isOver: () => boolean, count: { owners: number, tags: number, stores: number }): Promise<void> {
    const random = seededRandom(7)
    const { database } = app.services
    const ids = new Map((await database.db.getRepository(customers).find()).map((row) => [row.externalUserId, row.id]))
    const stores = cityOfStore.things()
    const people = async () => {
      while (!isOver()) {
        const place = random.integer(0, cities * perCity - 1)
        const id = ids.get(externalIdOf(place)) ?? ''
        const store = random.pick(stores)
        await storeOfCustomer.move(place, store, async () => {
          await database.transaction((work) => updateCustomer(work, { id }, { ownerStaffId: managerOf.get(store) ?? null, ownerDepartmentId: store, stage: random.pick(['lead', 'intent']) }))
        })
        count.owners += 1
        await database.transaction(async (work) => {
          const tag = tagId()
          if (await work.db.getRepository(customerTags).existsBy({ customerId: id, tagId: tag })) await removeTags(work, id, [id], [tag])
          else await addTags(work, { id, customerId: id }, [tag])
        })
        count.tags += 1
        await pause(25)
      }
    }
    const wholeStores = async () => {
      while (!isOver()) {
        // Each move makes everybody's rules be compiled anew: now and then, or nobody gets to read.
        await pause(2_500)
        const store = random.pick(stores)
        // As soon as the tree says so it must hold, though the tables behind lists still say otherwise: they follow after the move.
        await cityOfStore.move(store, firstRegion + random.integer(0, cities - 1), async () => {
          app.simulator.controls.moveDepartment(store, cityOfStore.placeOf(store) ?? 0)
          const parentId = (id: number) => app.simulator.state.departments.get(id)?.parentId ?? 0
          await applyDirectory(directoryOptions(), { ...directory, departments: directory.departments.map((one) => ({ ...one, parentId: parentId(one.id) })) }, false)
        })
        count.stores += 1
        await app.background.drain()
      }
    }
    await Promise.all([people(), wholeStores()])
  }

  it('S14 fifty city managers read, filter and page over all lists while stores, owners and tags move: no foreign row, ever', { timeout: workMs + 180_000 }, async () => {
    expect([otherLists.length > 20, partsOfOne.length >= 7]).toEqual([true, true])
    const [own, other] = [managers[0]?.city ?? 0, managers[1]?.city ?? 0]
    const ownStore = cityOfStore.things().find((store) => cityOfStore.placeOf(store) === own) ?? 0
    const ownCustomer = storeOfCustomer.things().find((place) => storeOfCustomer.placeOf(place) === ownStore) ?? 0
    // The check itself notices a foreign row, by id and by name, and a foreign store.
    const at = performance.now()
    for (const text of [`"${externalIdOf(ownCustomer)}"`, `顾${ownCustomer}顾`]) expect([foreignIn(text, own, at, at), foreignIn(text, other, at, at)]).toEqual([[], [`customer ${ownCustomer}`]])
    expect(foreignStores({ items: [{ departmentId: ownStore }] }, other, at, at)).toEqual([`store ${ownStore}`])

    const began = performance.now()
    const moved = { owners: 0, tags: 0, stores: 0 }
    // On a busy machine longer than that, until enough has moved for the question to mean something.
    const isOver = () => {
      const passed = performance.now() - began
      return passed > workMs + 60_000 || (passed > workMs && moved.owners > 5 && moved.stores > 0)
    }
    const [seen] = await Promise.all([Promise.all(managers.map((manager, place) => work(manager, isOver, place + 1))), move(isOver, moved)])
    const seconds = Math.round((performance.now() - began) / 1_000)
    const total = { requests: 0, rows: 0 }
    for (const one of seen) Object.assign(total, { requests: total.requests + one.requests, rows: total.rows + one.rows })
    console.info(`S14 on ${kind}: ${JSON.stringify({ seconds, ...total, moved })}`)
    expect(seen.flatMap((one) => one.foreign)).toEqual([])
    expect([...new Set(seen.flatMap((one) => [...one.refused]))]).toEqual([])
    expect([total.rows > cities, moved.owners > 5, moved.stores > 0, seen.every((one) => one.requests > 0)]).toEqual([true, true, true, true])
  })

  it('S14 when all is quiet again, each of them has exactly the customers of her city', async () => {
    await app.settle()
    const all: string[] = []
    for (const { city, person } of managers) {
      const expected = storeOfCustomer.things().filter((place) => cityOfStore.placeOf(storeOfCustomer.placeOf(place) ?? 0) === city).map(externalIdOf)
      expect(sorted(await idsOf(person))).toEqual(sorted(expected))
      all.push(...expected)
    }
    expect(new Set(all).size).toBe(cities * perCity)
  })
})
