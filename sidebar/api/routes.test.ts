import { describe, expect, it } from 'vitest'
import * as approvals from '#shared/contracts/approvals'
import * as audit from '#shared/contracts/audit'
import * as conversations from '#shared/contracts/conversations'
import * as customers from '#shared/contracts/customers'
import * as entrances from '#shared/contracts/entrances'
import * as explain from '#shared/contracts/explain'
import * as identity from '#shared/contracts/identity'
import * as policy from '#shared/contracts/policy'
import * as reports from '#shared/contracts/reports'
import * as staff from '#shared/contracts/staff'
import * as temporaryGrants from '#shared/contracts/temporary-grants'
import { deskRoutes } from './desk/routes.ts'
import { routes } from './routes.ts'

const contracts: ReadonlyMap<string, unknown> = new Map(Object.entries({ ...approvals, ...audit, ...conversations, ...customers, ...entrances, ...explain, ...identity, ...policy, ...reports, ...staff, ...temporaryGrants }))

describe('routes', () => {
  it.each(Object.entries({ ...routes, ...deskRoutes }))('%s is the contract of that name', (name, route) => {
    expect(contracts.get(name)).toMatchObject({ method: route.method, path: route.path })
  })
})
