import { v7 as uuid } from 'uuid'
import type { Customer } from '../../server/customers/index.ts'
import { addTags, follows } from '../../server/customers/index.ts'
import { storeMessage } from '../../server/conversations/store-messages.ts'
import { orders } from '../../server/records/index.ts'
import { headquarters } from '../company/organization.ts'
import { generateCompany } from '../company/generate.ts'
import type { Company } from '../company/company.ts'
import type { TestDatabaseKind } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import type { TestAppOptions } from '../support/test-app.ts'
import { personOfRole } from '../stories/support/role-table.ts'
import { secretsOf, type Secrets } from '../stories/support/secrets.ts'
import { storyApp, type StoryApp } from '../stories/support/story-app.ts'

/**
 * How a customer stands to a viewer: owned by him; followed by him and owned elsewhere; in the pool of his department; owned in his
 * department by somebody else; in a department below his, or (for people of a store) in another store of their region; elsewhere.
 */
export const relations = ['own', 'followed', 'pool', 'team', 'region', 'foreign'] as const
export type Relation = (typeof relations)[number]

export interface Viewer {
  readonly role: string
  readonly userid: string
  readonly staffId: string
  readonly home: number
  readonly person: Person
  readonly customers: Readonly<Record<Relation, string>>
}

export interface MatrixCompany {
  readonly app: StoryApp
  readonly viewers: readonly Viewer[]
  readonly secrets: readonly Secrets[]
  /** Whose customer this is and how he stands to him. */
  relationOf(externalUserId: string): { readonly role: string, readonly relation: Relation } | null
}

/** A store of another region, and somebody there who owns what nobody of the thirteen does. */
const elsewhere = { store: 1001, userid: 'clerk02' } as const

/** The generated company without its customers, with a group below each department of headquarters. */
function emptyCompany(): Company {
  const company = generateCompany({ customers: 0, regions: 2, stores: 4, staffPerStore: 5 })
  const groups = Object.values(headquarters).filter((id) => id !== headquarters.root)
    .map((id) => ({ id: 50 + id, name: `第${id}组`, parentId: id, order: 1, kind: 'department' as const }))
  return { ...company, departments: [...company.departments, ...groups] }
}

/** One viewer of each role template and one customer in each relation to each of them, all of whose fields are filled. */
export async function matrixCompany(database: TestDatabaseKind, options: Pick<TestAppOptions, 'log'> = {}): Promise<MatrixCompany> {
  const company = emptyCompany()
  const app = await storyApp({ database, company, ...options })
  // The rules give everybody a role; the administrator's row is to show the administrator's template alone.
  await app.takeRole(personOfRole['administrator'] ?? '', 'trainee')
  const plans = Object.entries(personOfRole).flatMap(([role, userid]) => relations.map((relation) => {
    const adder = relation === 'own' || relation === 'followed' ? userid : elsewhere.userid
    return { role, userid, relation, externalUserId: app.simulator.controls.memberAddsCustomer(adder, { newCustomer: { name: `${role} ${relation}` } }).externalUserId }
  }))
  await app.settle()
  const secrets: Secrets[] = []
  for (const plan of plans) {
    const { id } = await app.staffOf(plan.userid)
    const own = secretsOf(plan.externalUserId, 100 + secrets.length)
    secrets.push(own)
    await fill(app, plan.externalUserId, own, await standing(app, plan.relation, id, homeOf(company, plan.userid)), homeOf(company, plan.userid))
  }
  const viewers = await Promise.all(Object.entries(personOfRole).map(async ([role, userid]): Promise<Viewer> => {
    const mine = (relation: Relation) => plans.find((one) => one.role === role && one.relation === relation)?.externalUserId ?? ''
    return {
      role, userid, staffId: (await app.staffOf(userid)).id, home: homeOf(company, userid), person: await app.person(userid),
      customers: { own: mine('own'), followed: mine('followed'), pool: mine('pool'), team: mine('team'), region: mine('region'), foreign: mine('foreign') },
    }
  }))
  return { app, viewers, secrets, relationOf: (externalUserId) => plans.find((one) => one.externalUserId === externalUserId) ?? null }
}

function homeOf(company: Company, userid: string): number {
  const home = company.staff.find((one) => one.userid === userid)?.departmentIds[0]
  if (home === undefined) throw new Error(`${userid} stands nowhere`)
  return home
}

/** A department below this one; for a store another one of its region. */
function wider(company: Company, home: number): number {
  const below = company.departments.find((one) => one.parentId === home)
  const region = company.departments.find((one) => one.id === home)?.parentId
  const found = below ?? company.departments.find((one) => one.parentId === region && one.id !== home)
  if (found === undefined) throw new Error(`nothing stands around ${home}`)
  return found.id
}

async function standing(app: StoryApp, relation: Relation, staffId: string, home: number): Promise<Partial<Customer>> {
  const stranger = (await app.staffOf(elsewhere.userid)).id
  const owned = (ownerStaffId: string, ownerDepartmentId: number) => ({ ownerStaffId, ownerDepartmentId, poolDepartmentId: null })
  switch (relation) {
    case 'own': return owned(staffId, home)
    case 'followed': return owned(stranger, elsewhere.store)
    case 'pool': return { ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: home }
    case 'team': return owned(stranger, home)
    case 'region': return owned(stranger, wider(app.company, home))
    case 'foreign': return owned(stranger, elsewhere.store)
  }
}

/** Every field has a value, and each kind of record is there twice: made at the viewer's place and made elsewhere. */
async function fill(app: StoryApp, externalUserId: string, own: Secrets, owner: Partial<Customer>, home: number): Promise<void> {
  const { mobile, email, address, contractAmountFen } = own
  await app.knows(externalUserId, {
    ...owner, mobile, email, address, contractAmountFen, contractState: 'signed', priceList: '标准价目', valueTier: 4, memberLevel: 2, birthday: '1990-05-06', corpName: '某某公司',
    avatar: 'https://wework.qpic.cn/avatar', name: `客户${mobile}`, nameSearch: '客户', preferences: ['少糖', `回电${mobile}`], stage: 'signed', source: 'scan',
  })
  const { id } = await app.customer(externalUserId)
  const { database } = app.services
  const follow = await database.db.getRepository(follows).findOneByOrFail({ customerId: id })
  await database.db.getRepository(follows).update({ id: follow.id }, { remark: `备注${mobile}`, description: email })
  const tag = app.company.tagGroups[0]?.tags[0]
  if (tag !== undefined) await database.transaction((work) => addTags(work, { id: follow.id, customerId: id }, [tag.id]))
  for (const [place, store] of [home, elsewhere.store].entries()) {
    // Numbers of orders are texts of people; a random one may look like a telephone number and be masked.
    await database.db.getRepository(orders).insert({ id: uuid(), customerId: id, storeDepartmentId: store, orderNo: `${mobile}${place}`.replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit))), amountFen: 4_200 + place, placedAt: Date.now(), items: ['礼盒'] })
    await app.visitsStore(externalUserId, store, `留了电话${mobile}，签约${contractAmountFen / 100}元`)
    await database.transaction((work) => storeMessage(work, app.services, {
      channel: 'kf', messageId: `${externalUserId}-${place}`, externalUserId, direction: 'in', userid: null, account: null, sentAt: Date.now() + place, kind: 'text',
      text: `我的手机${mobile}，合同金额${(contractAmountFen / 100).toFixed(2)}元`,
    }, Date.now()))
  }
}
