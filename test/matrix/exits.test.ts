import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReportLevel, ReportName } from '#shared/contracts/reports'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { expectNoSecret } from '../stories/support/secrets.ts'
import { buildMatrix, type Matrix } from './build-matrix.ts'
import { matrixCompany, relations, type MatrixCompany } from './matrix-company.ts'
import { parameterUses } from './query-parameters.ts'

/** The log of the server as lines, at its finest and without the redaction that is its second wall. */
function capturedLog() {
  const lines: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  return { lines, log: pino({ level: 'trace' }, stream) }
}

describe('exits beside the answers', () => {
  const { lines, log } = capturedLog()
  let company: MatrixCompany
  let matrix: Matrix
  beforeAll(async () => {
    company = await matrixCompany('sqlite', { log })
    matrix = await buildMatrix(company)
  })
  afterAll(() => company.app.stop())

  /** Ids and hashes are made of so many digits that one of them may hold an amount by chance. */
  const withoutIds = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,}|\bw[mo][\w-]{30}/g, '')
  const nothingOf = (text: string, where: string) => expectNoSecret({ text: withoutIds(text), body: null }, company.secrets, where)

  it('T10 by a field that one sees nowhere in clear nobody filters, and a filter finds only rows where it is clear', () => {
    const asked = Object.entries(parameterUses).flatMap(([route, uses]) => Object.entries(uses).flatMap(([name, use]) => ('plain' in use ? [] : [{ filter: `${route}?${name}=`, use }])))
    expect(asked.length).toBeGreaterThanOrEqual(5)
    let [refused, found] = [0, 0]
    for (const { filter, use } of asked) {
      for (const { role } of company.viewers) {
        const answer = matrix.filters.get(filter)?.get(role) ?? ''
        const clear = relations.filter((relation) => shownTo(role, relation, use))
        if (clear.length === 0) expect([filter, role, answer]).toEqual([filter, role, '403'])
        else for (const relation of answer.split(' ').filter((word) => relations.some((one) => one === word))) expect([filter, role, ...clear]).toContain(relation)
        if (answer === '403') refused += 1
        else found += 1
      }
    }
    expect([refused > 10, found > 10]).toEqual([true, true])
  })

  /** Whether the matrix itself says that this is shown in clear, or that the operation is held. */
  function shownTo(role: string, relation: (typeof relations)[number], use: { readonly field: string } | { readonly operation: string }): boolean {
    const cell = (title: string) => matrix.sections.find((section) => section.title === title)?.cells.get(role)?.[relation] ?? ''
    if ('operation' in use) return /contact:\w*O/.test(cell('GET /api/customers/:externalUserId, operations'))
    const units: Readonly<Record<string, RegExp>> = { name: /\bprofile\b(?!\*)/, stage: /\blabels\b(?![*(])/, tags: /\blabels\b(?![*(])/, owner: /\bownership\b(?![*(])/ }
    const shown = units[use.field]
    if (shown === undefined) throw new Error(`say how the matrix shows ${use.field} in clear`)
    return shown.test(cell('GET /api/customers/:externalUserId'))
  }

  it('T06 errors, refused values and explanations repeat no number, and digits find nobody, whoever asks', async () => {
    for (const { role, person, customers } of company.viewers) {
      for (const relation of relations) {
        const secret = company.secrets.find((one) => one.externalUserId === customers[relation])
        if (secret === undefined) throw new Error('a customer without secrets')
        const path = `/api/customers/${customers[relation]}`
        for (const body of [{ version: 1, mobile: 'not a number' }, { version: 1, contractAmountFen: '¥***' }, { version: 1, remark: '138****1234' }, { version: 1, unknown: 1 }, { version: 'x' }]) {
          const reply = await person.patch(path, body)
          expect([role, relation, reply.status]).toSatisfy(([, , status]) => status >= 400 && status < 500)
          expectNoSecret(reply, company.secrets, `${role} ${relation}`)
        }
        expectNoSecret(await person.get(`${path}/explain?operation=customer.contract.operate`), company.secrets, `${role} ${relation} explain`)
        const found = await person.get(`/api/customers?q=${secret.mobile.slice(-4)}`)
        expect([role, found.status === 200 ? found.body.items : []]).toEqual([role, []])
      }
    }
  })

  it('T06 T11 a report holds figures and no customer, whoever asks for which', async () => {
    let answered = 0
    for (const { role, person, customers } of company.viewers) {
      const holds = (await person.get('/api/me')).body.operations.includes('marketing.reports.view')
      for (const name of ReportName.options) {
        for (const level of ReportLevel.options) {
          const reply = await person.get(`/api/reports/${name}?level=${level}`)
          expect([role, name, level, reply.status < 500]).toEqual([role, name, level, true])
          expect([role, name, level, reply.status === 403]).toEqual([role, name, level, !holds])
          if (reply.status === 200) answered += 1
          expectNoSecret(reply, company.secrets, `${role} ${name} ${level}`)
          for (const relation of relations) expect(reply.text).not.toContain(customers[relation])
        }
      }
    }
    expect(answered).toBeGreaterThan(20)
  })

  it('T06 an unexpected failure tells neither its caller nor the log a value', async () => {
    const { db } = company.app.services.database
    const director = company.viewers.find((one) => one.role === 'director')
    if (director === undefined) throw new Error('no director')
    await db.query('ALTER TABLE visits RENAME TO visits_away')
    const failed = await director.person.get(`/api/customers/${director.customers.own}/visits`)
    await db.query('ALTER TABLE visits_away RENAME TO visits')
    expect([failed.status, failed.body.error.code, failed.body.error.data]).toEqual([500, 'internal.unexpected', {}])
    expect(failed.text).not.toMatch(/visits_away|SELECT|sqlite/i)
    expect(lines.join('')).toContain('unexpected error')
    expect(lines.join('')).not.toMatch(/no such table/)
  })

  it('T06 cards and notifications hold no number, not even one that somebody wrote into his reason', async () => {
    const { app, viewers, secrets } = company
    const clerk = viewers.find((one) => one.role === 'clerk')
    const own = secrets.find((one) => one.externalUserId === clerk?.customers.own)
    if (clerk === undefined || own === undefined) throw new Error('no clerk')
    const reason = `回电${own.mobile}，合同${own.contractAmountFen / 100}元，${own.email}`
    const asked = await clerk.person.send('POST', `/api/customers/${clerk.customers.own}/block-requests`, { body: JSON.stringify({ unit: 'customer.contract', days: 3, reason }) })
    expect(asked.status).toBe(200)
    expectNoSecret(asked, secrets, 'the answer to a request')
    await app.settle()
    const { messages } = app.simulator.state
    const cards = JSON.stringify(messages)
    expect(messages.length).toBeGreaterThan(5)
    expect(cards).toContain('申请查看客户内容')
    expect(cards).toContain('回电')
    for (const { mobile, contractAmountFen } of secrets) for (const number of [mobile, String(contractAmountFen), String(contractAmountFen / 100)]) expect(cards).not.toContain(number)
    for (const { customers } of viewers) for (const relation of relations) expect(cards).not.toContain(customers[relation])
    nothingOf(JSON.stringify(app.simulator.controls.calls().map((call) => call.path)), 'addresses of calls')
  })

  it('T06 the log of all this holds no number, address, e-mail or amount', () => {
    const text = lines.join('')
    expect(lines.length).toBeGreaterThan(500)
    expect(text).toContain('"msg"')
    nothingOf(text, 'log')
    expect(text).not.toMatch(/phone=|138\*{4}/)
  })

  it('T06 the audit holds field names and ids, and no value', async () => {
    const entries = await company.app.services.database.db.getRepository(auditEntries).find()
    const text = JSON.stringify(entries)
    expect(entries.length).toBeGreaterThan(300)
    for (const action of ['customer.shown', 'customers.listed', 'orders.shown', 'messages.shown', 'route.refused', 'customer.phone-search']) expect(text).toContain(action)
    nothingOf(text, 'audit')
    expect(text).not.toMatch(/客户|备注|少糖/)
  })

  it('T06 metrics, health and the description of the routes hold no value', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz', '/api/openapi.json']) {
      const text = await (await fetch(`${company.app.url}${path}`)).text()
      expect(text.length).toBeGreaterThan(2)
      nothingOf(text, path)
      for (const { customers } of company.viewers) expect(text).not.toContain(customers.own)
    }
  })
})
