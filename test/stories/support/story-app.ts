import { IsNull } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { restrictions, staffRoles } from '../../../server/access/index.ts'
import { customers, follows, sealContact, updateCustomer, type Customer, type Follow } from '../../../server/customers/index.ts'
import { entrances, type Entrance } from '../../../server/entrances/index.ts'
import { staff, type Staff } from '../../../server/organization/index.ts'
import { orders, visits } from '../../../server/records/index.ts'
import { generateCompany } from '../../company/generate.ts'
import type { Company } from '../../company/company.ts'
import type { ScanResult } from '../../simulator/index.ts'
import type { Person } from '../../support/person.ts'
import { testApp, type TestApp, type TestAppOptions } from '../../support/test-app.ts'

/** A running app with the words that stories are told in. */
export interface StoryApp extends TestApp {
  readonly company: Company
  /** The person, signed in once and kept. */
  person(userid: string): Promise<Person>
  customer(externalUserId: string): Promise<Customer>
  staffOf(userid: string): Promise<Staff>
  liveFollows(externalUserId: string): Promise<Follow[]>
  /** The store of this member in the generated company. */
  storeOf(userid: string): number
  entranceOf(departmentId: number): Promise<Entrance>
  /** Somebody new, or a known customer, scans the store's code; returns when everything has arrived. */
  arrives(departmentId: number, who?: string | { readonly name: string }): Promise<ScanResult>
  /** What imports would write: a purchase in a store. */
  buys(externalUserId: string, departmentId: number, amountFen: number): Promise<void>
  visitsStore(externalUserId: string, departmentId: number, note: string): Promise<void>
  /** Writes our own facts about a customer, contact data sealed as imports do. */
  knows(externalUserId: string, facts: Partial<Customer> & { readonly mobile?: string; readonly email?: string; readonly address?: string }): Promise<void>
  /** A role as an administrator gives it: in force for the next request. */
  giveRole(userid: string, roleKey: string): Promise<void>
  takeRole(userid: string, roleKey: string): Promise<void>
  restrict(definition: object): Promise<string>
  lift(restrictionId: string): Promise<void>
}

export async function storyApp(options: Omit<TestAppOptions, 'company'> & { readonly company?: Company } = {}): Promise<StoryApp> {
  const company = options.company ?? generateCompany({ customers: 60 })
  const app = await testApp({ ...options, company })
  return { ...app, company, ...readers(app, company), ...writers(app), ...rights(app) }
}

function readers(app: TestApp, company: Company) {
  const { db } = app.services.database
  const people = new Map<string, Promise<Person>>()
  return {
    person: (userid: string) => {
      const known = people.get(userid) ?? app.as(userid)
      people.set(userid, known)
      return known
    },
    customer: (externalUserId: string) => db.getRepository(customers).findOneByOrFail({ externalUserId }),
    staffOf: (userid: string) => db.getRepository(staff).findOneByOrFail({ userid }),
    liveFollows: async (externalUserId: string) => {
      const { id } = await db.getRepository(customers).findOneByOrFail({ externalUserId })
      return db.getRepository(follows).findBy({ customerId: id, endedAt: IsNull() })
    },
    storeOf: (userid: string) => {
      const home = company.staff.find((person) => person.userid === userid)?.departmentIds[0]
      if (home === undefined) throw new Error(`${userid} is nobody`)
      return home
    },
    entranceOf: (departmentId: number) => db.getRepository(entrances).findOneByOrFail({ departmentId }),
  }
}

function writers(app: TestApp) {
  const { database, sealer } = app.services
  const { db } = database
  const idOf = async (externalUserId: string) => (await db.getRepository(customers).findOneByOrFail({ externalUserId })).id
  return {
    arrives: async (departmentId: number, who: string | { readonly name: string } = { name: '新来的客户' }) => {
      const { state } = await db.getRepository(entrances).findOneByOrFail({ departmentId })
      const scan = app.simulator.controls.customerScans({ state, ...(typeof who === 'string' ? { externalUserId: who } : { newCustomer: who }) })
      await app.settle()
      return scan
    },
    buys: async (externalUserId: string, storeDepartmentId: number, amountFen: number) => {
      await db.getRepository(orders).insert({
        id: uuid(), customerId: await idOf(externalUserId), storeDepartmentId, orderNo: `T${uuid()}`, amountFen, placedAt: Date.now(), items: ['礼盒 ×1'],
      })
    },
    visitsStore: async (externalUserId: string, storeDepartmentId: number, note: string) => {
      await db.getRepository(visits).insert({ id: uuid(), customerId: await idOf(externalUserId), storeDepartmentId, staffId: null, visitedAt: Date.now(), note })
    },
    knows: async (externalUserId: string, { mobile, email, address, ...facts }: Parameters<StoryApp['knows']>[1]) => {
      const contact = sealContact(sealer, {
        ...(mobile === undefined ? {} : { mobile }), ...(email === undefined ? {} : { email }), ...(address === undefined ? {} : { address }),
      })
      const id = await idOf(externalUserId)
      const written = await database.transaction((work) => updateCustomer(work, { id }, { ...facts, ...contact }))
      if (!written) throw new Error(`nothing was written about ${externalUserId}`)
    },
  }
}

function rights(app: TestApp) {
  const { database, access } = app.services
  const staffId = async (userid: string) => (await database.db.getRepository(staff).findOneByOrFail({ userid })).id
  return {
    giveRole: async (userid: string, roleKey: string) => {
      const id = await staffId(userid)
      await database.transaction(async (work) => {
        await work.db.getRepository(staffRoles).insert({ staffId: id, roleKey, source: 'administrator', since: Date.now() })
        await access.raiseEpoch(work)
      })
    },
    takeRole: async (userid: string, roleKey: string) => {
      const id = await staffId(userid)
      await database.transaction(async (work) => {
        const { affected } = await work.db.getRepository(staffRoles).delete({ staffId: id, roleKey })
        if (affected !== 1) throw new Error(`${userid} has no role ${roleKey}`)
        await access.raiseEpoch(work)
      })
    },
    restrict: async (definition: object) => {
      const id = uuid()
      await database.transaction(async (work) => {
        await work.db.getRepository(restrictions).insert({ id, definition, createdAt: Date.now(), endedAt: null })
        await access.raiseEpoch(work)
      })
      return id
    },
    lift: async (restrictionId: string) => database.transaction(async (work) => {
      await work.db.getRepository(restrictions).update({ id: restrictionId }, { endedAt: Date.now() })
      await access.raiseEpoch(work)
    }),
  }
}
