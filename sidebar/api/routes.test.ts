import { describe, expect, it } from 'vitest'
import * as blocks from '#shared/contracts/blocks'
import * as conversations from '#shared/contracts/conversations'
import * as customers from '#shared/contracts/customers'
import * as entrances from '#shared/contracts/entrances'
import * as explain from '#shared/contracts/explain'
import * as identity from '#shared/contracts/identity'
import * as reveal from '#shared/contracts/reveal'
import { routes } from './routes.ts'

const contracts: ReadonlyMap<string, unknown> = new Map(Object.entries({ ...conversations, ...customers, ...entrances, ...identity, ...blocks, ...explain, ...reveal }))

describe('routes', () => {
  it.each(Object.entries(routes))('%s is the contract of that name', (name, route) => {
    expect(contracts.get(name)).toMatchObject({ method: route.method, path: route.path })
  })
})
