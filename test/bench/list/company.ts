import { Random } from '../access/random.ts'

/**
 * A chain of 500 stores in 25 regions with 5,000 staff, and as many customers as asked for, of whom every second one or so has
 * more than one follow: the same company at every size, so that what grows is the data. A few people, stores and pools are busy
 * at every size, so that there is a twentieth page to measure.
 */
export const regions = 25
export const stores = 500
export const staffInAll = 5_000
export const root = 1
export const regionId = (place: number) => 100 + (place % regions)
export const storeId = (place: number) => 1_000 + place
export const storePath = (place: number) => `/${root}/${regionId(place)}/${storeId(place)}/`

/** Stores, with one busy person of each kind, whose lists are measured. */
export const busyStores = [3, 4] as const
const ownedByBusy = 1_200
const followedByBusy = 1_200
const pooledAtBusy = 1_100

const uuid = (kind: number, place: number) => `01890000-000${kind}-7000-8000-${place.toString(16).padStart(12, '0')}`
export const staffId = (place: number) => uuid(1, place)
export const customerId = (place: number) => uuid(2, place)
const followId = (place: number) => uuid(3, place)

/** People who are measured come after the 5,000. */
export const measuredStaff = { own: 10, followed: 20, team: 30, subtree: 40, departments: 50, pool: 60, all: 70, temporary: 80 } as const
export type MeasuredScope = keyof typeof measuredStaff
export const measuredId = (scope: MeasuredScope, store: number) => staffId(staffInAll + measuredStaff[scope] + store)

/** Tags and stages by how many of a thousand customers have them. */
export const tagShares: Readonly<Record<string, number>> = { common: 200, seldom: 5, rare: 1 }
export const stageNames = { common: 'intent', rare: 'negotiating' } as const
/** Letters that a fourteenth, a two-hundredth, a ten-thousandth of the names hold. */
export const searchedNames = { common: '王', seldom: '小明', rare: '欧阳锋' } as const

export interface BenchFollow {
  readonly id: string
  readonly staff: string
  readonly department: number
}

export interface BenchCustomer {
  readonly id: string
  readonly name: string
  readonly stage: string
  readonly valueTier: number | null
  readonly owner: string | null
  readonly ownerDepartment: number | null
  readonly pool: number | null
  readonly lastActiveAt: number
  readonly follows: readonly BenchFollow[]
  readonly tags: readonly string[]
}

const surnames = [...'李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱']
const givenLetters = [...'伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂花玉萍红春梅健文辉力国华建志永林成康星光天达安岩中茂进有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆磊民友裕河哲江超浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以建家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘']
const year = 365 * 86_400_000
const newest = 1_790_000_000_000

function nameFrom(random: Random): string {
  const dice = random.below(10_000)
  if (dice === 0) return searchedNames.rare
  const surname = dice < 720 ? searchedNames.common : random.one(surnames)
  if (random.below(200) === 0) return surname + searchedNames.seldom
  return surname + random.one(givenLetters) + (random.chance(0.6) ? random.one(givenLetters) : '')
}

function stageFrom(random: Random): string {
  const dice = random.below(1_000)
  if (dice === 0) return stageNames.rare
  if (dice < 350) return stageNames.common
  return random.one(['lead', 'contacted', 'signed', 'delivered', 'dormant'])
}

function tagsFrom(random: Random): string[] {
  const shared = Object.entries(tagShares).filter(([, share]) => random.below(1_000) < share).map(([name]) => name)
  return [...shared, ...random.some(Array.from({ length: 40 }, (_, place) => `other${place}`), random.below(3))]
}

interface Placed {
  readonly owner: { readonly staff: string, readonly department: number } | null
  readonly pool: number | null
  readonly follower: { readonly staff: string, readonly department: number } | null
}

/** In which store somebody of the 5,000 works. */
const storeOf = (staff: number) => staff % stores

/** The first few customers belong to the busy ones; all others anywhere. */
function placeOf(random: Random, place: number): Placed {
  const anybody = () => {
    const staff = random.below(staffInAll)
    return { staff: staffId(staff), department: storeId(storeOf(staff)) }
  }
  const turn = Math.floor(place / busyStores.length)
  const store = busyStores[place % busyStores.length] ?? 0
  if (turn < ownedByBusy) return { owner: { staff: measuredId('own', store), department: storeId(store) }, pool: null, follower: null }
  if (turn < ownedByBusy + followedByBusy) return { owner: anybody(), pool: null, follower: { staff: measuredId('followed', store), department: storeId(store) } }
  if (turn < ownedByBusy + followedByBusy + pooledAtBusy) return { owner: null, pool: storeId(store), follower: null }
  const follower = random.chance(0.4) ? anybody() : null
  if (random.chance(0.12)) return { owner: null, pool: random.chance(0.1) ? regionId(random.below(regions)) : storeId(random.below(stores)), follower }
  return { owner: anybody(), pool: null, follower }
}

/** The same customers in the same order each time. */
export function* benchCustomers(count: number): Generator<BenchCustomer> {
  const random = new Random(2026)
  let follows = 0
  for (let place = 0; place < count; place += 1) {
    const { owner, pool, follower } = placeOf(random, place)
    const people = new Map([owner, follower].flatMap((one) => (one === null ? [] : [[one.staff, one.department] as const])))
    yield {
      id: customerId(place),
      name: nameFrom(random), stage: stageFrom(random), valueTier: random.below(6) || null,
      owner: owner?.staff ?? null, ownerDepartment: owner?.department ?? null, pool,
      lastActiveAt: newest - random.below(year),
      follows: [...people].map(([staff, department]) => ({ id: followId(follows++), staff, department })),
      tags: tagsFrom(random),
    }
  }
}
