import { contracts } from '#shared/contracts/index'
import type { Contract } from '#shared/contracts/contract'
import { everyItem } from '../stories/support/answers.ts'
import { nameOf, nothingId } from '../stories/support/route-requests.ts'
import { relations, type MatrixCompany, type Relation, type Viewer } from './matrix-company.ts'
import { ask, fieldWords, leavesOf, operationWords, tryWrites } from './probe.ts'
import { parameterUses } from './query-parameters.ts'

/** Role → relation → what was answered, in words. */
export type Cells = ReadonlyMap<string, Readonly<Record<Relation, string>>>

export interface MatrixSection {
  readonly title: string
  readonly note: string
  readonly cells: Cells
}

export interface Matrix {
  readonly sections: readonly MatrixSection[]
  /** Routes that are not about one customer: route → role → status. */
  readonly beside: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Filter → role → answer. */
  readonly filters: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export const ofCustomer = contracts.filter((contract) => contract.path.includes(':externalUserId'))
export const besideCustomers = contracts.filter((contract) => !contract.path.includes(':externalUserId'))

export async function buildMatrix(company: MatrixCompany): Promise<Matrix> {
  const sections: MatrixSection[] = []
  for (const contract of ofCustomer) sections.push(...await customerSections(company, contract))
  sections.push(await listSection(company))
  return { sections, beside: await besideCells(company), filters: await filterCells(company) }
}

/** Cards and the list only: what depends on the database in which the rows are found. */
export async function buildCards(company: MatrixCompany): Promise<Matrix> {
  const cards = ofCustomer.filter((contract) => nameOf(contract) === 'GET /api/customers/:externalUserId')
  const sections = await Promise.all(cards.map((contract) => customerSections(company, contract)))
  return { sections: [...sections.flat(), await listSection(company)], beside: new Map(), filters: new Map() }
}

/** Each viewer × each of his six customers. */
async function everyCell(company: MatrixCompany, cell: (viewer: Viewer, externalUserId: string) => Promise<string>): Promise<Cells> {
  const rows = new Map<string, Readonly<Record<Relation, string>>>()
  for (const viewer of company.viewers) {
    const words: Record<Relation, string> = { own: '', followed: '', pool: '', team: '', region: '', foreign: '' }
    for (const relation of relations) words[relation] = await cell(viewer, viewer.customers[relation])
    rows.set(viewer.role, words)
  }
  return rows
}

async function customerSections(company: MatrixCompany, contract: Contract): Promise<MatrixSection[]> {
  const title = nameOf(contract)
  const publicUrl = company.app.config.publicUrl
  if (title === 'PATCH /api/customers/:externalUserId') {
    return [{ title, note: 'The fields that may be written; each was tried alone.', cells: await everyCell(company, (viewer, id) => tryWrites(viewer.person, id)) }]
  }
  if (title === 'GET /api/customers/:externalUserId') {
    const operations: [string, string][] = []
    const cells = await everyCell(company, async (viewer, id) => {
      const reply = await ask(viewer.person, contract, id, publicUrl)
      if (reply.status === 200) operations.push([id, operationWords(reply.body.abilities.operations)])
      return reply.status === 200 ? fieldWords(reply.body.fields) : String(reply.status)
    })
    const named = new Map(operations)
    return [
      { title, note: 'The fields that leave.', cells },
      { title: `${title}, operations`, note: 'What the card lets its viewer do: V view, E edit, O operate.', cells: await everyCell(company, async (_viewer, id) => named.get(id) ?? '–') },
    ]
  }
  if (contract.method !== 'GET') {
    return [{ title, note: 'The answer to the request of the tests.', cells: await everyCell(company, async (viewer, id) => {
      const reply = await ask(viewer.person, contract, id, publicUrl)
      return reply.status < 300 ? String(reply.status) : `${reply.status} ${String(reply.body?.error?.code ?? '')}`
    }) }]
  }
  return [await readSection(company, contract)]
}

/** The values of an answer that names no fields: which there are at all, and for each cell which are masked or missing. */
async function readSection(company: MatrixCompany, contract: Contract): Promise<MatrixSection> {
  const answers = new Map<string, { readonly status: number, readonly items: number | null, readonly leaves: ReadonlyMap<string, boolean> }>()
  await everyCell(company, async (viewer, id) => {
    const { status, body } = await ask(viewer.person, contract, id, company.app.config.publicUrl)
    answers.set(id, { status, items: Array.isArray(body?.items) ? body.items.length : null, leaves: status === 200 ? leavesOf(body) : new Map() })
    return ''
  })
  const all = [...new Set([...answers.values()].flatMap((one) => [...one.leaves.keys()]))].sort()
  const cells = await everyCell(company, async (_viewer, id) => {
    const one = answers.get(id)
    if (one === undefined || one.status !== 200) return String(one?.status)
    const masked = all.filter((path) => one.leaves.get(path) === true).map((path) => `${path.replace('items[].', '')}*`)
    // An empty list lacks everything; that is no presentation.
    const hidden = one.items === 0 || one.items === null ? [] : all.filter((path) => !one.leaves.has(path)).map((path) => `no ${path.replace('items[].', '')}`)
    return [one.items === null ? '200' : `${one.items} item${one.items === 1 ? '' : 's'}`, ...masked, ...hidden].join(' ')
  })
  const shown = all.map((path) => `\`${path}\``).join(', ')
  return { title: nameOf(contract), note: all.length === 0 ? 'Nobody is answered.' : `The answer holds ${shown}.`, cells }
}

interface Listed { readonly customer: { readonly externalUserId: string }, readonly fields: Readonly<Record<string, string>> }

async function listSection(company: MatrixCompany): Promise<MatrixSection> {
  const lists = new Map<string, ReadonlyMap<string, Listed> | null>()
  for (const { role, person } of company.viewers) {
    const refused = (await person.get('/api/customers?limit=1')).status !== 200
    lists.set(role, refused ? null : new Map((await everyItem<Listed>(person, '/api/customers')).map((item) => [item.customer.externalUserId, item])))
  }
  return { title: 'GET /api/customers', note: 'The fields of each row; “no row” where the list does not hold the customer.', cells: await everyCell(company, async (viewer, id) => {
    const list = lists.get(viewer.role)
    const item = list?.get(id)
    return list === null ? '403' : item === undefined ? 'no row' : fieldWords(item.fields)
  }) }
}

async function besideCells({ app, viewers }: MatrixCompany): Promise<Matrix['beside']> {
  const rows = new Map<string, Map<string, string>>()
  for (const contract of besideCustomers) {
    const row = new Map<string, string>()
    for (const { role, person } of viewers) row.set(role, String((await ask(person, contract, nothingId, app.config.publicUrl)).status))
    rows.set(nameOf(contract), row)
  }
  return rows
}

/** Each filter of each list: refused, or which relations of this viewer it finds. */
async function filterCells({ app, viewers, secrets, relationOf }: MatrixCompany): Promise<Matrix['filters']> {
  const rows = new Map<string, Map<string, string>>()
  const tag = app.company.tagGroups[0]?.tags[0]?.id ?? ''
  for (const [route, uses] of Object.entries(parameterUses)) {
    for (const [parameter, use] of Object.entries(uses)) {
      if ('plain' in use || !route.startsWith('GET ')) continue
      const row = new Map<string, string>()
      for (const { role, person, customers } of viewers) {
        const phone = secrets.find((one) => one.externalUserId === customers.own)?.mobile ?? ''
        const reply = await person.get(`${route.slice(4)}?${parameter}=${encodeURIComponent(use.sample.replace('TAG', tag).replace('PHONE', phone))}`)
        const found = reply.status === 200 ? (reply.body.items as Listed[]).map((item) => relationOf(item.customer.externalUserId)) : []
        const own = relations.filter((relation) => found.some((one) => one?.role === role && one.relation === relation))
        row.set(role, reply.status === 200 ? (own.length === 0 ? 'no row' : own.join(' ')) : String(reply.status))
      }
      rows.set(`${route}?${parameter}=`, row)
    }
  }
  return rows
}
