import type { Company, CompanyTagGroup } from './company.ts'
import { buildCustomer } from './customers.ts'
import { buildDepartments, buildStaff } from './organization.ts'
import { seededRandom } from './random.ts'
import type { Random } from './random.ts'
import { tagGroups } from './words.ts'

export type * from './company.ts'
export { companyRoles, companyStages } from './company.ts'

export interface CompanyOptions {
  readonly seed?: number
  readonly customers?: number
  readonly stores?: number
  readonly regions?: number
  readonly staffPerStore?: number
  /** The company's "today" in Unix ms; everything else lies before it. */
  readonly now?: number
}

/** The default "today": a fixed instant, so that two runs give the same bytes. */
export const defaultNow = Date.UTC(2026, 0, 15, 2, 0, 0)

/** Invents a whole company; pure, and the same for the same options. Nothing in it belongs to a real person. */
export function generateCompany(options: CompanyOptions = {}): Company {
  const now = options.now ?? defaultNow
  const random = seededRandom(options.seed ?? 20_260_115)
  const size = { regions: options.regions ?? 3, stores: options.stores ?? 12, staffPerStore: options.staffPerStore ?? 4 }
  const departments = buildDepartments(size)
  const staff = buildStaff(random, size, now)
  const groups = buildTagGroups(random, now)
  const sources = { departments, staff, tagGroups: groups, now }
  const customers = Array.from({ length: options.customers ?? 3_000 }, (_, index) => buildCustomer(random, sources, index))
  return { now, departments, staff, tagGroups: groups, customers }
}

function buildTagGroups(random: Random, now: number): CompanyTagGroup[] {
  return tagGroups.map((group, place) => ({
    id: `et${random.text(30)}`,
    name: group.name,
    order: 100 - place,
    createdAt: now - 800 * 86_400_000,
    tags: group.tags.map((name, order) => ({ id: `et${random.text(30)}`, name, order: 100 - order })),
  }))
}
