import type { CompanyDepartment, CompanyRole, CompanyStaff } from './company.ts'
import type { Random } from './random.ts'
import { familyNames, givenNames, regionNames, storePlaces } from './words.ts'

export interface OrganizationSize {
  readonly regions: number
  readonly stores: number
  readonly staffPerStore: number
}

/** The fixed departments of headquarters; regions and stores follow after them. */
export const headquarters = { root: 1, office: 2, sales: 3, service: 4, marketing: 5, operations: 6 } as const
const firstRegionId = 100
const firstStoreId = 1000
const dayMs = 86_400_000

/** The tree: root, headquarters' departments, regions, stores below regions (dealt out in turn). */
export function buildDepartments(size: OrganizationSize): CompanyDepartment[] {
  const department = (id: number, name: string, order: number): CompanyDepartment =>
    ({ id, name, parentId: id === headquarters.root ? 0 : headquarters.root, order, kind: 'department' })
  const tree: CompanyDepartment[] = [
    department(headquarters.root, '暖川生活', 100_000_000),
    department(headquarters.office, '总部', 900),
    department(headquarters.sales, '销售部', 800),
    department(headquarters.service, '客服中心', 700),
    department(headquarters.marketing, '市场部', 600),
    department(headquarters.operations, '运营部', 500),
  ]
  for (let region = 0; region < size.regions; region += 1) {
    const name = regionNames[region] ?? `第${region + 1}大区`
    tree.push({ id: firstRegionId + region, name, parentId: headquarters.root, order: 400 - region, kind: 'region' })
  }
  for (let store = 0; store < size.stores; store += 1) {
    const region = store % size.regions
    const place = Math.floor(store / size.regions)
    const name = storePlaces[region]?.[place] ?? `${regionNames[region] ?? '新区'}第${place + 1}店`
    tree.push({ id: firstStoreId + store, name, parentId: firstRegionId + region, order: 1000 - store, kind: 'store' })
  }
  return tree
}

interface Post {
  readonly userid: string
  readonly role: CompanyRole
  readonly position: string
  readonly departmentId: number
  readonly leads?: boolean
}

/** Everybody who works there: headquarters first, then region by region, then store by store. */
export function buildStaff(random: Random, size: OrganizationSize, now: number): CompanyStaff[] {
  const posts = [...headquartersPosts(), ...regionPosts(size.regions)]
  for (let store = 0; store < size.stores; store += 1) posts.push(...storePosts(store, size.staffPerStore))
  return posts.map((post) => {
    const daysAgo = post.role === 'trainee' ? random.integer(3, 60) : random.integer(40, 2500)
    return {
      userid: post.userid,
      name: random.pick(familyNames) + random.pick(givenNames),
      departmentIds: [post.departmentId],
      leaderOf: post.leads === true ? [post.departmentId] : [],
      position: post.position,
      status: 1,
      role: post.role,
      joinedOn: new Date(now - daysAgo * dayMs).toISOString().slice(0, 10),
    }
  })
}

function headquartersPosts(): Post[] {
  return [
    { userid: 'admin01', role: 'administrator', position: '系统管理员', departmentId: headquarters.office },
    { userid: 'director01', role: 'director', position: '总监', departmentId: headquarters.office, leads: true },
    { userid: 'saleshead01', role: 'sales-head', position: '销售主管', departmentId: headquarters.sales, leads: true },
    { userid: 'servicelead01', role: 'service-lead', position: '客服组长', departmentId: headquarters.service, leads: true },
    { userid: 'service01', role: 'service', position: '客服专员', departmentId: headquarters.service },
    { userid: 'service02', role: 'service', position: '客服专员', departmentId: headquarters.service },
    { userid: 'service03', role: 'service', position: '客服专员', departmentId: headquarters.service },
    { userid: 'marketinglead01', role: 'marketing-director', position: '市场总监', departmentId: headquarters.marketing, leads: true },
    { userid: 'marketing01', role: 'marketing', position: '市场专员', departmentId: headquarters.marketing },
    { userid: 'marketing02', role: 'marketing', position: '市场专员', departmentId: headquarters.marketing },
    { userid: 'operations01', role: 'hq-operations', position: '运营专员', departmentId: headquarters.operations },
    { userid: 'operations02', role: 'hq-operations', position: '运营专员', departmentId: headquarters.operations },
  ]
}

function regionPosts(regions: number): Post[] {
  return Array.from({ length: regions }, (_, region) => ({
    userid: `regional${twoDigits(region + 1)}`, role: 'regional-manager', position: '区域经理', departmentId: firstRegionId + region, leads: true,
  }))
}

/** A store has its manager, its first clerk, then a consultant, then clerks; every third store trains a newcomer. */
function storePosts(store: number, staffPerStore: number): Post[] {
  const departmentId = firstStoreId + store
  const number = twoDigits(store + 1)
  const posts: Post[] = [
    { userid: `manager${number}`, role: 'store-manager', position: '店长', departmentId, leads: true },
    { userid: `clerk${number}`, role: 'clerk', position: '导购', departmentId },
    { userid: `sales${number}`, role: 'sales', position: '销售顾问', departmentId },
  ]
  if (store % 3 === 0) posts.push({ userid: `trainee${number}`, role: 'trainee', position: '实习导购', departmentId })
  for (let extra = 2; posts.length < staffPerStore; extra += 1) {
    posts.push({ userid: `clerk${number}-${extra}`, role: 'clerk', position: '导购', departmentId })
  }
  return posts.slice(0, Math.max(2, staffPerStore))
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
