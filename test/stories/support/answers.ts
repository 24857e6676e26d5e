import { expect } from 'vitest'
import type { Person, Reply } from '../../support/person.ts'

/** Headers that may differ between two equal answers. */
const ownToEach = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])

/** Everything of an answer that a caller could tell two answers apart by; only the request's own id is left out. */
export function faceOf(reply: Reply): { status: number; headers: string[]; text: string } {
  return {
    status: reply.status,
    headers: [...reply.headers].filter(([name]) => !ownToEach.has(name)).map(([name, value]) => `${name}: ${value}`).sort(),
    text: reply.text.replace(/"requestId":"[0-9a-f-]{36}"/, '"requestId":""'),
  }
}

/** The path asked for this id must be answered like the path for nobody's id, byte for byte. */
export async function expectLikeUnknown(person: Person, pathOf: (externalUserId: string) => string, externalUserId: string, init: { method?: string; body?: unknown } = {}): Promise<void> {
  const options = init.body === undefined ? {} : { body: JSON.stringify(init.body) }
  const unknown = await person.send(init.method ?? 'GET', pathOf(`wm${'Z'.repeat(30)}`), options)
  const asked = await person.send(init.method ?? 'GET', pathOf(externalUserId), options)
  expect(faceOf(asked)).toEqual(faceOf(unknown))
  expect(asked.status).toBeGreaterThanOrEqual(400)
}

/** A card of this customer is not there for this person, on any of its routes. */
export async function expectHidden(person: Person, externalUserId: string): Promise<void> {
  for (const part of ['', '/orders', '/visits', '/messages', '/explain?operation=customer.profile.view']) {
    await expectLikeUnknown(person, (id) => `/api/customers/${id}${part}`, externalUserId)
  }
  const card = await person.get(`/api/customers/${externalUserId}`)
  expect([card.status, card.body.error.code]).toSatisfy(([status, code]) => (status === 404 && code === 'customer.not_found') || (status === 403 && code === 'access.denied'))
  expect(await idsOf(person)).not.toContain(externalUserId)
}

/** All items of a list, page by page; fails for a page that repeats an item. */
export async function everyItem<T extends object>(person: Person, path: string, limit = 100): Promise<T[]> {
  const items: T[] = []
  for (let cursor = ''; ;) {
    const reply = await person.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`)
    expect(reply.status).toBe(200)
    expect(reply.body.items.length).toBeLessThanOrEqual(limit)
    items.push(...reply.body.items)
    if (reply.body.nextCursor === null) return items
    expect(reply.body.items.length).toBe(limit)
    cursor = `&cursor=${encodeURIComponent(reply.body.nextCursor)}`
  }
}

/** The ids of all customers whom this person's list holds; none for somebody who may not list at all. */
export async function idsOf(person: Person, query = ''): Promise<string[]> {
  const first = await person.get(`/api/customers?limit=1${query === '' ? '' : `&${query}`}`)
  if (first.status === 403) return []
  const items = await everyItem<{ customer: { externalUserId: string } }>(person, `/api/customers${query === '' ? '' : `?${query}`}`)
  return items.map((item) => item.customer.externalUserId)
}

export const sorted = (items: Iterable<string>): string[] => [...items].sort()

/** Which fields a card shows, by unit. */
export const fieldUnits: Readonly<Record<string, readonly string[]>> = {
  'customer.profile': ['name', 'avatar', 'gender', 'corpName', 'source', 'addedAt', 'birthday', 'preferences', 'remark'],
  'customer.contact': ['mobile', 'email', 'address'],
  'customer.spending': ['spendTotalFen', 'orderCount', 'lastOrderAt', 'valueTier'],
  'customer.contract': ['contractState', 'priceList', 'contractAmountFen'],
  'customer.labels': ['tags', 'stage', 'memberLevel'],
  'customer.ownership': ['owner', 'pool', 'followers'],
}

export const fieldsOf = (...units: readonly string[]): string[] => units.flatMap((unit) => fieldUnits[`customer.${unit}`] ?? []).sort()
