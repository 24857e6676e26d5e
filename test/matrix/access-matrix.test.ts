import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerFieldNames, isOperation } from '#shared/access/index'
import { contracts } from '#shared/contracts/index'
import { CustomerValues } from '#shared/contracts/customers'
import { testDatabaseKinds } from '../support/databases.ts'
import { Expectation } from '../stories/support/role-table.ts'
import { nameOf, requests } from '../stories/support/route-requests.ts'
import { buildCards, buildMatrix, ofCustomer, type Matrix } from './build-matrix.ts'
import { matrixCompany, relations, type MatrixCompany } from './matrix-company.ts'
import { fieldWords, operationWords, samples, writtenFields } from './probe.ts'
import { paging, parameterUses } from './query-parameters.ts'
import { renderMatrix } from './render-matrix.ts'

const file = new URL('../../docs/access-matrix.md', import.meta.url)
const update = process.env['UPDATE_MATRIX'] === '1' && process.env['CI'] !== 'true'

/** The first line in which two texts differ. */
function firstDifference(written: string, found: string): { line: number, written: string, found: string } | null {
  const [one, other] = [written.split('\n'), found.split('\n')]
  const line = Array.from({ length: Math.max(one.length, other.length) }, (_, place) => place).find((place) => one[place] !== other[place])
  return line === undefined ? null : { line: line + 1, written: one[line] ?? '(end)', found: other[line] ?? '(end)' }
}

describe('every route is declared', () => {
  it.each(contracts.map((contract) => [nameOf(contract), contract] as const))('%s says who may, what is asked, what each parameter does, and exactly what leaves', (name, contract) => {
    const { needs } = contract
    if (needs.kind === 'operation') expect(isOperation(needs.operation)).toBe(true)
    else expect(needs.why.length, `${name} needs ${needs.kind}: say why in at least a few words`).toBeGreaterThan(10)
    expect(requests[name], `${name} has no request: add one to test/stories/support/route-requests.ts`).toBeDefined()
    const parameters = Object.keys(z.toJSONSchema(contract.query, { io: 'input', unrepresentable: 'any' }).properties ?? {}).filter((parameter) => !paging.includes(parameter))
    expect(Object.keys(parameterUses[name] ?? {}).sort(), `${name}: say in test/matrix/query-parameters.ts what each parameter filters by`).toEqual(parameters.sort())
    const open = openObjects(z.toJSONSchema(contract.returns, { io: 'input', unrepresentable: 'any' })).filter((path) => !freeForms.some((form) => form.routes.test(name) && form.objects.test(path)))
    expect(open, `${name} answers with objects that take any field: make them strict, or say in freeForms why nothing of a customer leaves there`).toEqual([])
  })

  it('has no request or parameter of a route that is gone', () => {
    const names = contracts.map(nameOf)
    expect([...Object.keys(requests), ...Object.keys(parameterUses)].filter((name) => !names.includes(name))).toEqual([])
  })

  it('names every field of a customer and no other, and can try to write each that may be written', () => {
    expect(Object.keys(CustomerValues.shape)).toEqual([...customerFieldNames])
    expect(Object.keys(samples).sort()).toEqual([...writtenFields].sort())
  })
})

/** Parts of answers that may hold anything, and why no field of a customer leaves through them. */
const freeForms: readonly { readonly routes: RegExp, readonly objects: RegExp, readonly why: string }[] = [
  { routes: /^GET \/api\/openapi\.json$/, objects: /^\.\*$/, why: 'the description of the contracts themselves' },
  { routes: /^\w+ \/api\/policy\/drafts/, objects: /^(\.draft)?\.document\.\w+\[\]\..*(scope|conditions\[\])\.\*$/, why: 'a draft comes back as its author wrote it, wrong names and all: rules, no customer' },
]

/** The paths of objects that would let an undeclared field out. A map from names to words is closed: its values are declared. */
function openObjects(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap((one) => openObjects(one, path))
  const parts = new Map(Object.entries(schema))
  const inner = [...parts].flatMap(([name, value]) => {
    if (name === 'properties' && typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([field, one]) => openObjects(one, `${path}.${field}`))
    if (name === 'additionalProperties') return openObjects(value, `${path}.*`)
    return ['items', 'anyOf', 'allOf', 'oneOf', '$defs', 'prefixItems'].includes(name) ? openObjects(value, name === 'items' ? `${path}[]` : path) : []
  })
  const takesAnything = parts.get('type') === 'object' && (parts.get('additionalProperties') === undefined || isEmpty(parts.get('additionalProperties')))
  const isAnything = parts.size === 0
  return [...new Set([...inner, ...(takesAnything ? [`${path}.*`] : []), ...(isAnything && path !== '' && !path.endsWith('.*') ? [path] : [])])]
}

const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** The meaning is proved on one database; the other shows that its SQL finds the same rows. */
describe.each(await testDatabaseKinds())('the access matrix on %s', (kind) => {
  let company: MatrixCompany
  let matrix: Matrix
  beforeAll(async () => {
    company = await matrixCompany(kind)
    matrix = kind === 'sqlite' ? await buildMatrix(company) : await buildCards(company)
  })
  afterAll(() => company.app.stop())

  it('walks every role × every relation, on every route', () => {
    expect(company.viewers).toHaveLength(13)
    if (kind === 'sqlite') expect(matrix.sections.map((section) => section.title)).toEqual(expect.arrayContaining(ofCustomer.map(nameOf)))
    for (const { title, cells } of matrix.sections) expect([title, [...cells].flatMap(([, row]) => relations.map((relation) => row[relation])).filter((cell) => cell !== '').length]).toEqual([title, 13 * relations.length])
    for (const [route, row] of [...matrix.beside, ...matrix.filters]) expect([route, row.size]).toEqual([route, 13])
  })

  it('is what the table of templates says, field by field and operation by operation', async () => {
    for (const viewer of company.viewers) {
      for (const relation of relations) {
        const id = viewer.customers[relation]
        const expected = new Expectation(company.app.company, { role: viewer.role, staffId: viewer.staffId, departmentIds: [viewer.home] }, { customer: await company.app.customer(id), follows: await company.app.liveFollows(id) })
        const sees = viewer.role !== 'administrator' && expected.may('customer.profile.view')
        const cell = (title: string) => [viewer.role, relation, matrix.sections.find((section) => section.title === title)?.cells.get(viewer.role)?.[relation]]
        const hidden = viewer.role === 'marketing' || viewer.role === 'administrator' ? '403' : '404'
        expect(cell('GET /api/customers/:externalUserId')).toEqual([viewer.role, relation, sees ? fieldWords(expected.fields()) : hidden])
        expect(cell('GET /api/customers')).toEqual([viewer.role, relation, sees ? fieldWords(expected.fields()) : hidden === '403' ? '403' : 'no row'])
        const [, , named = ''] = cell('GET /api/customers/:externalUserId, operations')
        const ofCustomers = named.split(' ').filter((word) => !/^(templates|broadcasts|approvals|entrances|reports|strategy|–)/.test(word))
        expect([viewer.role, relation, ofCustomers.sort()]).toEqual([viewer.role, relation, sees ? operationWords(expected.operations()).split(' ').sort() : []])
      }
    }
  })

  if (kind === 'sqlite') it('stands in docs/access-matrix.md', () => {
    const found = renderMatrix(matrix)
    if (update) writeFileSync(file, found)
    const written = existsSync(file) ? readFileSync(file, 'utf8') : ''
    expect(firstDifference(written, found), 'docs/access-matrix.md differs from what the server answers: look at the line, and when it is meant, run UPDATE_MATRIX=1 npx vitest run --project server test/matrix').toBeNull()
  })
})
