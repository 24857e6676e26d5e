import type {
  CompanyContract, CompanyCustomer, CompanyDepartment, CompanyFollow, CompanyOrder, CompanyStaff, CompanyTagGroup, CompanyVisit,
} from './company.ts'
import { companyStages } from './company.ts'
import { headquarters } from './organization.ts'
import type { Random } from './random.ts'
import * as words from './words.ts'

export interface CustomerSources {
  readonly departments: readonly CompanyDepartment[]
  readonly staff: readonly CompanyStaff[]
  readonly tagGroups: readonly CompanyTagGroup[]
  readonly now: number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** The five value tiers begin here (total spend in fen); each customer aims at one of them. */
const spendBands = [[0, 49_900], [50_000, 199_900], [200_000, 499_900], [500_000, 1_999_900], [2_000_000, 9_000_000]] as const

/** Customer number `index`; the same generator state gives the same customer. */
export function buildCustomer(random: Random, sources: CustomerSources, index: number): CompanyCustomer {
  const stores = sources.departments.filter((department) => department.kind === 'store')
  const home = stores[index % stores.length] ?? sources.departments[0]
  if (home === undefined) throw new RangeError('a company needs a department')
  const gender = random.pick([0, 1, 2, 2] as const)
  const type = random.chance(0.03) ? 2 : 1
  const follows = buildFollows(random, sources, home, stores)
  const owner = follows[0] !== undefined && random.chance(0.92) ? follows[0].userid : null
  const orders = buildOrders(random, sources, home, stores, index)
  const visitors = sources.staff.filter((person) => person.departmentIds.includes(home.id))
  return {
    externalUserId: (type === 1 ? 'wm' : 'wo') + random.text(30),
    name: displayName(random, gender),
    avatar: `https://img.example.com/customer/${index}/0`,
    gender,
    type,
    ...(type === 1 ? { unionid: `o${random.text(27)}` } : {}),
    follows,
    stage: companyStages[stageIndex(random, orders.length)] ?? 'lead',
    birthday: new Date(Date.UTC(random.integer(1958, 2004), random.integer(0, 11), random.integer(1, 28))).toISOString().slice(0, 10),
    preferences: random.some(words.preferences, 3),
    memberLevel: random.pick([0, 0, 0, 1, 1, 2, 3] as const),
    mobile: inventedMobile(index),
    email: `customer${index + 1}@example.com`,
    address: `${home.name.slice(0, 2)}市${random.pick(words.streets)}${random.integer(1, 999)}号`,
    ...contractOf(random),
    orders,
    visits: buildVisits(random, visitors, home.id, sources.now),
    ownerUserid: owner,
    poolDepartmentId: owner === null ? poolOf(random, home) : null,
  }
}

/** Mainland format, but from a row of zeros that no network hands out: visibly invented. */
export function inventedMobile(index: number): string {
  return `1990${String(index % 10_000_000).padStart(7, '0')}`
}

/** About one in fourteen has no follow at all, one in eight is followed from two stores. */
function buildFollows(random: Random, sources: CustomerSources, home: CompanyDepartment, stores: readonly CompanyDepartment[]): CompanyFollow[] {
  if (random.chance(0.07)) return []
  const follows = [buildFollow(random, sources, home.id)]
  if (random.chance(0.12)) follows.push(buildFollow(random, sources, random.pick(stores).id))
  if (random.chance(0.05)) follows.push(buildFollow(random, sources, headquarters.service))
  const known = new Set<string>()
  return follows.filter((follow) => !known.has(follow.userid) && known.add(follow.userid))
}

function buildFollow(random: Random, sources: CustomerSources, departmentId: number): CompanyFollow {
  const colleagues = sources.staff.filter((person) => person.departmentIds.includes(departmentId))
  const weighted = colleagues.filter((person) => person.role !== 'trainee' || random.chance(0.3))
  const addWay = random.pick([1, 1, 1, 2, 3, 4])
  return {
    userid: random.pick(weighted.length > 0 ? weighted : sources.staff).userid,
    createtime: sources.now - random.integer(1, 700) * dayMs - random.integer(0, dayMs),
    remark: random.pick(words.remarks),
    description: random.pick(words.descriptions),
    tagIds: random.some(sources.tagGroups, 3).map((group) => random.pick(group.tags).id),
    addWay,
    ...(addWay === 1 ? { state: `store-${departmentId}` } : {}),
  }
}

function buildOrders(random: Random, sources: CustomerSources, home: CompanyDepartment, stores: readonly CompanyDepartment[], index: number): CompanyOrder[] {
  const band = spendBands[index % 11 < 5 ? index % 11 : random.integer(0, 1)] ?? spendBands[0]
  let left = random.integer(band[0], band[1])
  const orders: CompanyOrder[] = []
  const count = left === 0 ? 0 : random.integer(1, 4)
  for (let place = 1; place <= count; place += 1) {
    const amountFen = place === count ? left : Math.floor(left * random.next())
    left -= amountFen
    if (amountFen === 0) continue
    const product = random.pick(words.products)
    orders.push({
      orderNo: `DD${String(index + 1).padStart(6, '0')}${String(place).padStart(2, '0')}`,
      storeDepartmentId: random.chance(0.85) ? home.id : random.pick(stores).id,
      amountFen,
      placedAt: sources.now - random.integer(0, 540) * dayMs - random.integer(1, 23) * hourMs,
      items: [{ name: product.name, quantity: 1, priceFen: amountFen }],
    })
  }
  return orders
}

function buildVisits(random: Random, visitors: readonly CompanyStaff[], storeDepartmentId: number, now: number): CompanyVisit[] {
  if (visitors.length === 0) return []
  return Array.from({ length: random.integer(0, 3) }, () => ({
    storeDepartmentId,
    userid: random.pick(visitors).userid,
    visitedAt: now - random.integer(0, 400) * dayMs - random.integer(1, 20) * hourMs,
    note: random.pick(words.visitNotes),
  }))
}

function contractOf(random: Random): { contract?: CompanyContract } {
  if (!random.chance(0.15)) return {}
  const state = random.pick(['draft', 'signed', 'signed', 'signed', 'void'] as const)
  return { contract: { state, amountFen: random.integer(50, 3000) * 10_000, priceList: random.pick(words.priceLists) } }
}

function stageIndex(random: Random, orders: number): number {
  return orders === 0 ? random.integer(0, 3) : random.integer(1, companyStages.length - 1)
}

/** Half of the unowned lie in their store's pool, the others in the region's above it. */
function poolOf(random: Random, home: CompanyDepartment): number {
  return random.chance(0.5) ? home.id : home.parentId
}

function displayName(random: Random, gender: 0 | 1 | 2): string {
  const family = random.pick(words.familyNames)
  if (random.chance(0.2)) return family + (gender === 1 ? '先生' : '女士')
  return family + random.pick(words.givenNames)
}
