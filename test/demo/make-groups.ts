import type { Company } from '../company/company.ts'
import type { Simulator } from '../simulator/index.ts'

const dayMs = 86_400_000

/** One customer group for each store, long known to WeCom: its first clerk is the owner, some of his customers are in it. */
export function makeGroups({ state }: Simulator, company: Company, now: number): void {
  const stores = new Set<number>()
  for (const person of company.staff.filter((one) => one.role === 'clerk')) {
    const [store] = person.departmentIds
    if (store === undefined || stores.has(store)) continue
    stores.add(store)
    const chatId = `wrDEMO${String(stores.size).padStart(4, '0')}GGGGGGGGGGGGGGGGGGGGGG`
    const customers = company.customers.filter((one) => one.follows.some((follow) => follow.userid === person.userid)).slice(0, 40).map((one) => one.externalUserId)
    const name = `${company.departments.find((one) => one.id === store)?.name ?? ''}会员群`
    state.groups.set(chatId, { chatId, createdAt: now - 90 * dayMs, changedAt: now - dayMs, before: null, now: { name, owner: person.userid, staff: [person.userid], customers }, memberVersion: chatId, lines: [] })
  }
}
