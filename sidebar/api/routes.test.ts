import { describe, expect, it } from 'vitest'
import { deskRoutes } from './desk/routes.ts'
import { routes } from './routes.ts'

const files: Readonly<Record<string, object>> = import.meta.glob(['../../shared/contracts/*.ts', '!../../shared/contracts/*.test.ts'], { eager: true })
const contracts: ReadonlyMap<string, unknown> = new Map(Object.values(files).flatMap((file) => Object.entries(file)))

describe('routes', () => {
  it.each(Object.entries({ ...routes, ...deskRoutes }))('%s is the contract of that name', (name, route) => {
    expect(contracts.get(name)).toMatchObject({ method: route.method, path: route.path })
  })
})
