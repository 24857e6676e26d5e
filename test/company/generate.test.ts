import { describe, expect, it } from 'vitest'
import { companyRoles, generateCompany } from './generate.ts'
import type { CompanyCustomer } from './generate.ts'

const company = generateCompany()

describe('generateCompany', () => {
  it('gives the same company for the same seed and another one for another', () => {
    expect(generateCompany()).toEqual(company)
    expect(generateCompany({ seed: 7, customers: 5 }).customers[0]?.name).not.toBe(company.customers[0]?.name)
  })

  it('has three regions, twelve stores below them and one root', () => {
    const regions = company.departments.filter((department) => department.kind === 'region')
    const stores = company.departments.filter((department) => department.kind === 'store')
    expect([regions.length, stores.length]).toEqual([3, 12])
    expect(stores.every((store) => regions.some((region) => region.id === store.parentId))).toBe(true)
    expect(company.departments.filter((department) => department.parentId === 0).map((root) => root.id)).toEqual([1])
  })

  it('covers every role template with about sixty staff whose ids are unique', () => {
    expect(new Set(company.staff.map((person) => person.role))).toEqual(new Set(companyRoles))
    expect(company.staff.length).toBeGreaterThanOrEqual(55)
    expect(company.staff.length).toBeLessThanOrEqual(70)
    expect(new Set(company.staff.map((person) => person.userid)).size).toBe(company.staff.length)
  })

  it('puts the named staff where tests expect them', () => {
    const stores = company.departments.filter((department) => department.kind === 'store')
    const home = (userid: string) => company.staff.find((person) => person.userid === userid)?.departmentIds[0]
    expect([home('clerk01'), home('manager01')]).toEqual([stores[0]?.id, stores[0]?.id])
    expect([home('clerk02'), home('manager02')]).toEqual([stores[1]?.id, stores[1]?.id])
    expect(['admin01', 'regional01', 'service01'].every((userid) => home(userid) !== undefined)).toBe(true)
  })

  it('has 3,000 customers with unique ids and mobiles, all spend bands, pools, and followers from two stores', () => {
    expect(company.customers).toHaveLength(3_000)
    expect(new Set(company.customers.map((customer) => customer.externalUserId)).size).toBe(3_000)
    expect(company.customers.every((customer) => /^w[mo][A-Za-z0-9]{30}$/.test(customer.externalUserId))).toBe(true)
    expect(company.customers.every((customer) => /^1[3-9]\d{9}$/.test(customer.mobile))).toBe(true)
    expect(new Set(company.customers.map(tierOf))).toEqual(new Set([1, 2, 3, 4, 5]))
    expect(company.customers.some((customer) => customer.follows.length === 0 && customer.poolDepartmentId !== null)).toBe(true)
    expect(company.customers.some((customer) => new Set(customer.follows.map((follow) => storeOf(follow.userid))).size === 2)).toBe(true)
  })

  it('names as owner only a follower, and gives everybody else a pool', () => {
    for (const customer of company.customers) {
      const follows = customer.follows.map((follow) => follow.userid)
      if (customer.ownerUserid === null) expect(customer.poolDepartmentId).not.toBeNull()
      else expect(follows).toContain(customer.ownerUserid)
    }
  })
})

function tierOf(customer: CompanyCustomer): number {
  const spend = customer.orders.reduce((sum, order) => sum + order.amountFen, 0)
  return 1 + [50_000, 200_000, 500_000, 2_000_000].filter((from) => spend >= from).length
}

function storeOf(userid: string): number | undefined {
  return company.staff.find((person) => person.userid === userid)?.departmentIds[0]
}
