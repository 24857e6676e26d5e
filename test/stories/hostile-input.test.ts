import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '#shared/contracts/index'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { idsOf, sorted } from './support/answers.ts'
import { rawRequest } from './support/raw-request.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const wide = (text: string) => [...text].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join('')
const everyLetter = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')

/** Other spellings of an id, as they stand in an address; none of them is the id itself. */
const spellings: Readonly<Record<string, (id: string) => string>> = {
  'upper case': (id) => id.toUpperCase(), 'lower case': (id) => id.toLowerCase(), 'trailing space': (id) => `${id}%20`, 'leading space': (id) => `%20${id}`,
  'trailing tab': (id) => `${id}%09`, 'trailing new line': (id) => `${id}%0a`, 'trailing NUL': (id) => `${id}%00`, 'full width': (id) => encodeURIComponent(wide(id)),
  'one wide letter': (id) => encodeURIComponent(wide(id.slice(0, 1))) + id.slice(1), 'zero-width space': (id) => `${id}%E2%80%8B`, 'combining mark': (id) => `${id}%CC%81`,
  'encoded twice': (id) => everyLetter(id).replaceAll('%', '%25'), 'wildcard': (id) => `${id.slice(0, -1)}%25`, 'underscore': (id) => `${id.slice(0, -1)}_`,
  'quoted': (id) => `'${id}'`, 'sql or': (id) => `${id}'%20OR%20'1'='1`, 'sql comment': (id) => `${id}'--`, 'sql union': (id) => `x'%20UNION%20SELECT%20*%20FROM%20customers%20WHERE%20external_user_id='${id}`,
  'json': (id) => encodeURIComponent(JSON.stringify({ $ne: id })), 'two ids': (id) => `x,${id}`, 'semicolon': (id) => `${id};`, 'backslash': (id) => `${id}%5c`,
}
/** Ids that are none. */
const nonsense = [
  '%E0%A4%A', '%', '%zz', '%00', '%20', '%F0%9F%98%80', '%E2%80%AE', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '[object%20Object]', '0', '-1', '1e999',
  '..%2f..%2fme', '..%5c..%5c', '%2e%2e', '%2e%2e%2fme', 'x'.repeat(256), 'x'.repeat(257), 'x'.repeat(9_000), encodeURIComponent('客'.repeat(256)), "'%3bDROP%20TABLE%20customers%3b--", '*', '%25', '_',
]
const queries = [
  'limit=0', 'limit=-1', 'limit=101', 'limit=1e9', 'limit=1.5', 'limit=abc', 'limit=', 'limit=NaN', 'limit=Infinity', 'limit=1&limit=2', 'limit[]=1', 'limit[$gt]=1', 'cursor=', 'cursor=x', 'cursor=x&cursor=y',
  'cursor=..', `cursor=${'A'.repeat(601)}`, `cursor=${'%00'.repeat(100)}`, 'cursor=WzEsIngiXQ.AAAAAAAAAAAAAAAA', 'unknown=1', '__proto__=1', '__proto__[limit]=100', 'constructor=1', '%00=1', '=1', '&&&', '%E0%A4%A=1',
]
const listQueries = [
  ...queries, 'q=a&q=b', 'q[]=a', 'q=', `q=${'x'.repeat(61)}`, 'stage=LEAD', 'stage=unknown', 'stage=lead&stage=intent', 'stage[]=lead', 'stage[ne]=lead', `tag=${'x'.repeat(65)}`, 'tag=', 'tag=a&tag=b',
  `owner=${'x'.repeat(65)}`, 'owner=a&owner=b', 'owner=', `phone=${'1'.repeat(33)}`, 'phone=', 'phone=1&phone=2', `q=${'x'.repeat(9_000)}`,
]
/** What is no patch; each must be refused and nothing written. */
const bodies: readonly unknown[] = [
  [], [{ version: 1 }], 'text', 1, true, null, {}, { version: '1' }, { version: null }, { version: 1.5 }, { version: 1e99 }, { version: [1] }, { version: { $gt: 0 } }, { name: 1 }, { name: ['a'] }, { name: { a: 1 } }, { name: null },
  { name: '' }, { name: '   ' }, { name: 'x'.repeat(61) }, { name: 'x'.repeat(200_000) }, { birthday: '2026-02-30' }, { birthday: '0000-00-00' }, { birthday: 'yesterday' }, { birthday: 19_900_101 }, { birthday: '' },
  { preferences: 'a' }, { preferences: [1] }, { preferences: [['a']] }, { preferences: Array(21).fill('a') }, { preferences: ['x'.repeat(21)] }, { preferences: { 0: 'a' } }, { remark: 'x'.repeat(21) }, { remark: null }, { remark: 5 },
  { mobile: 13_800_001_234 }, { mobile: 'x'.repeat(33) }, { mobile: '' }, { email: 'x'.repeat(121) }, { email: [] }, { address: 'x'.repeat(201) }, { contractAmountFen: -1 }, { contractAmountFen: 0.5 }, { contractAmountFen: 1e15 },
  { contractAmountFen: 'x'.repeat(41) }, { contractAmountFen: [1] }, { stage: 'LEAD' }, { stage: 1 }, { stage: ['lead'] }, { memberLevel: -1 }, { memberLevel: 10 }, { memberLevel: 1.5 }, { memberLevel: '1' },
  { owner: 'clerk01' }, { tags: [] }, { isAdmin: true }, { externalUserId: 'x' }, { constructor: { prototype: {} } }, { 'name ': 'a' }, { NAME: 'a' }, { 'customer.name': 'a' },
]

describe.each(await testDatabaseKinds())('hostile input, on %s', (kind) => {
  let app: StoryApp
  let clerk: Person
  let others: Person[] = []
  let own = ''
  let foreign = ''
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    clerk = await app.person('clerk01')
    others = await Promise.all(['clerk03', 'clerk04', 'clerk05'].map((userid) => app.person(userid)))
    own = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '自己的客户' } }).externalUserId
    foreign = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '别人的客户' } }).externalUserId
    await app.settle()
    await app.knows(own, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01') })
    await app.knows(foreign, { ownerStaffId: (await app.staffOf('clerk02')).id, ownerDepartmentId: app.storeOf('clerk02'), mobile: '13355556666' })
  })
  afterAll(() => app.stop())

  const byId = contracts.filter((contract) => contract.path.includes(':'))
  const raw = (method: string, path: string, more: { headers?: Record<string, string>; body?: string } = {}) => rawRequest(app.url, {
    method, path, headers: { cookie: clerk.cookie, origin: app.config.publicUrl, ...(more.body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(more.body)) }), ...more.headers }, ...(more.body === undefined ? {} : { body: more.body }),
  })
  const bodyFor = (method: string, path: string): object | null => {
    if (method === 'PATCH') return { version: 1, name: '被改了' }
    if (path.endsWith('/block-requests')) return { unit: 'talk.history', days: 1, reason: '想看看' }
    if (path.endsWith('/reveal')) return { field: 'mobile', reason: 'call' }
    return ['POST', 'PUT'].includes(method) ? {} : null
  }
  const requestFor = (method: string, path: string, asker: Person = clerk) => {
    const body = bodyFor(method, path)
    return raw(method, path, { headers: { cookie: asker.cookie }, ...(body === null ? {} : { body: JSON.stringify(body) }) })
  }
  const address = (path: string, id: string) => `${path.replace(/:\w+/, id)}${/\/(explain|who-may)$/.test(path) ? '?operation=customer.profile.view' : ''}`
  const untouched = async () => {
    expect([(await app.customer(own)).version, (await app.customer(own)).name, (await app.customer(foreign)).name]).toEqual([1, '自己的客户', '别人的客户'])
  }

  let turn = 0
  it('no other spelling of an id finds anybody, one\'s own or a foreign one', async () => {
    for (const [what, spell] of Object.entries(spellings)) {
      for (const contract of byId) {
        for (const id of [own, foreign]) {
          // What is no customer's is asked for by others in turn: how much one person may ask is proved elsewhere.
          const asker = contract.path.startsWith('/api/customers/') ? clerk : others[(turn += 1) % others.length]
          const reply = await requestFor(contract.method, address(contract.path, spell(id)), asker)
          expect([what, contract.method, contract.path, reply.status]).toSatisfy(([, , , status]) => [400, 403, 404].includes(status))
          expect([what, reply.text.includes('自己的客户'), reply.text.includes('别人的客户')]).toEqual([what, false, false])
        }
      }
    }
    await untouched()
  })

  it('the id itself, written with percent signs, is the same id: one\'s own is found, a foreign one not', async () => {
    for (const contract of byId.filter((one) => one.path === '/api/customers/:externalUserId' && one.method === 'GET')) {
      expect((await requestFor('GET', address(contract.path, everyLetter(own)))).status).toBe(200)
      expect((await requestFor('GET', address(contract.path, everyLetter(foreign)))).status).toBe(404)
    }
  })

  it('what is no id at all is refused or not found, on every route', async () => {
    // Somebody else asks: one person has 1,200 requests a minute.
    const colleagues = await Promise.all(['service01', 'service02', 'service03'].map((userid) => app.person(userid)))
    for (const id of nonsense) {
      for (const contract of byId) {
        const reply = await requestFor(contract.method, address(contract.path, id), colleagues[(turn += 1) % colleagues.length])
        expect([id.slice(0, 30), contract.path, reply.status]).toSatisfy(([, , status]) => [400, 403, 404, 431].includes(status))
      }
    }
    await untouched()
  })

  it('tricks with the path lead nowhere', async () => {
    for (const path of [`/api/customers/x/../${foreign}`, `/api/customers/${own}/../${foreign}`, `/api//customers/${foreign}`, `//api/customers/${foreign}`, `/api/customers/${foreign}/`, `/api/customers/${foreign}/.`, `/api/customers;x=1/${foreign}`, `/api/customers/${own}/orders/../../${foreign}`, `/API/customers/${foreign}`, '/api/../etc/passwd', '/sidebar/..%2f..%2f..%2fpackage.json', '/assets/../../package.json', '/console/%2e%2e/%2e%2e/package.json', `/api/customers/${foreign}?`, `/api/customers/${foreign}%3f`, `/api/customers/${foreign}#x`]) {
      const reply = await raw('GET', path)
      expect([path, reply.status]).toSatisfy(([, status]) => status >= 300 && status < 500)
      expect(reply.text).not.toMatch(/别人的客户|wecom-scrm|root:/)
    }
  })

  it('what is not there is answered 404, also below the pages', async () => {
    for (const path of ['/assets/missing.js', '/sidebar/missing', '/console/missing.html', '/api/missing', '/missing', '/wecom/missing']) {
      const reply = await raw('GET', path)
      expect([path, reply.status, JSON.parse(reply.text).error.code]).toEqual([path, 404, 'request.not_found'])
    }
  })

  it('queries that no contract knows are refused, repeated ones too', async () => {
    const lists = ['/api/customers', `/api/customers/${own}/orders`, `/api/customers/${own}/visits`, `/api/customers/${own}/messages`]
    for (const path of lists) {
      for (const query of path === '/api/customers' ? listQueries : queries) {
        const reply = await raw('GET', `${path}?${query}`)
        // `__proto__` is swallowed while the query is read: it may be ignored, it may not change anything.
        const allowed = /^(__proto__=1|&&&)$/.test(query) ? [200, 400] : [400]
        expect([path, query.slice(0, 40), reply.status]).toSatisfy(([, , status]) => allowed.includes(status))
        expect(reply.text).not.toContain('别人的客户')
      }
    }
    for (const path of ['/api/me?x=1', '/api/epoch?epoch=0', '/api/sessions?staffId=1', '/api/entrances?departmentId=1', '/api/openapi.json?x', '/api/jssdk/config', '/api/jssdk/config?url=a&url=b', '/api/jssdk/config?url=https://evil.example/', `/api/jssdk/config?url=${'x'.repeat(3_000)}`, `/api/jssdk/config?url=${encodeURIComponent(`${app.config.publicUrl}@evil.example/`)}`]) {
      expect([path.slice(0, 40), (await raw('GET', path)).status]).toEqual([path.slice(0, 40), 400])
    }
  })

  it('a search text is text: its letters are no pattern and no SQL', async () => {
    const all = (await idsOf(clerk)).length
    expect(await idsOf(clerk, `q=${encodeURIComponent('自己的')}`)).toEqual([own])
    for (const text of ['%', '_', '__', '%%', '!', '!%', '\\', '\\%', '*', '[a-z]', "' OR 1=1 --", '") OR 1=1 --', '客户%', '自己_客户', '\u202e', '😀', 'ａ', `a' UNION SELECT mobile_sealed FROM customers --`]) {
      const found = await idsOf(clerk, `q=${encodeURIComponent(text)}`)
      expect([text, found.length]).toEqual([text, 0])
    }
    for (const id of [`x' OR '1'='1`, '%', 'etX%00'.replace('%00', '\u0000'), '客']) {
      expect(await idsOf(clerk, `tag=${encodeURIComponent(id)}`)).toEqual([])
      expect(await idsOf(clerk, `owner=${encodeURIComponent(id)}`)).toEqual([])
    }
    expect((await idsOf(clerk)).length).toBe(all)
  })

  it('a body of the wrong shape is refused and writes nothing', async () => {
    for (const body of bodies) {
      const text = JSON.stringify(typeof body === 'object' && body !== null && !Array.isArray(body) && !('version' in body) && Object.keys(body).length > 0 ? { version: 1, ...body } : body)
      const reply = await raw('PATCH', `/api/customers/${own}`, { body: text })
      expect([text.slice(0, 80), reply.status]).toEqual([text.slice(0, 80), text.length > 256 * 1024 ? 413 : 400])
    }
    for (const text of ['', '{', '{"version":1,}', '{"version":1}{"version":2}', 'NaN', '\u0000', '{"__proto__":{"version":1},"version":1,"name":"a","__proto__":{}}', '['.repeat(100_000), `{"version":1,"name":"${'\\u0000'.repeat(61)}"}`]) {
      expect([text.slice(0, 40), (await raw('PATCH', `/api/customers/${own}`, { body: text })).status]).toEqual([text.slice(0, 40), 400])
    }
    expect((await raw('PATCH', `/api/customers/${own}`, { body: JSON.stringify({ version: 1, name: 'x'.repeat(300_000) }) })).status).toBe(413)
    await untouched()
  })

  it('strange but valid text is stored as it is', async () => {
    const sales = await app.person('sales01')
    const { externalUserId } = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '怪名' } })
    await app.settle()
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01') })
    for (const name of [`Robert'); DROP TABLE customers;--`, '<script>alert(1)</script>', '𠮷野家😀', 'a\u0000b', '\u202eevil', '"\\', 'é', '%_!', 'ａｂｃ']) {
      const { version } = (await sales.get(`/api/customers/${externalUserId}`)).body.customer
      const reply = await sales.patch(`/api/customers/${externalUserId}`, { version, name })
      expect([name, reply.status, reply.body.customer?.name]).toEqual([name, 200, name])
    }
    const { version } = (await sales.get(`/api/customers/${externalUserId}`)).body.customer
    const surrogate = await raw('PATCH', `/api/customers/${externalUserId}`, { body: `{"version":${version},"name":"\\ud800"}`, headers: { cookie: sales.cookie } })
    expect(surrogate.status).toBeLessThan(500)
  })

  it('a write from another origin is refused, however it is written', async () => {
    const origin = app.config.publicUrl
    const foreignOrigins = ['', 'null', 'https://evil.example', `${origin}.evil.example`, `${origin}/`, origin.replace('http:', 'https:'), origin.replace(/\d+$/, '1'), `${origin} `.trim().toUpperCase(), 'http://127.0.0.1', `https://evil.example#${origin}`]
    for (const value of foreignOrigins) {
      for (const [method, path, body] of [['PATCH', `/api/customers/${own}`, '{"version":1,"name":"x"}'], ['DELETE', '/api/sessions/019a0000-0000-7000-8000-000000000000', undefined]] as const) {
        const reply = await rawRequest(app.url, { method, path, headers: { cookie: clerk.cookie, 'content-type': 'application/json', ...(value === '' ? {} : { origin: value }) }, ...(body === undefined ? {} : { body }) })
        expect([value, method, reply.status, JSON.parse(reply.text).error.code]).toEqual([value, method, 403, 'request.origin_refused'])
      }
    }
    await untouched()
  })

  it('a write that is not JSON is refused', async () => {
    for (const type of ['', 'text/plain', 'text/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/octet-stream', 'application/jsonp', 'application/json5']) {
      const reply = await raw('PATCH', `/api/customers/${own}`, { body: '{"version":1,"name":"x"}', headers: { 'content-type': type } })
      expect([type, reply.status]).toEqual([type, 415])
    }
    for (const [name, value] of [['content-encoding', 'gzip'], ['content-encoding', 'br'], ['content-encoding', 'zstd'], ['content-encoding', 'br, gzip'], ['content-type', 'application/json; charset=utf-16'], ['content-length', '3']] as const) {
      const headers = { [name]: value }
      expect((await raw('PATCH', `/api/customers/${own}`, { body: '{"version":1,"name":"x"}', headers })).status).toSatisfy((status: number) => status >= 400 && status < 500)
    }
    await untouched()
  })

  it('methods and cookies that nobody knows do no harm', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'HEAD', 'PROPFIND']) {
      for (const path of [`/api/customers/${foreign}`, '/api/customers', '/api/me']) {
        const reply = await raw(method, path, method === 'POST' || method === 'PUT' ? { body: '{}' } : {})
        expect([method, path, reply.status]).toSatisfy(([, , status]) => status < 500)
        expect(reply.text).not.toContain('别人的客户')
      }
    }
    for (const cookie of ['scrm_session=', 'scrm_session=%00', `scrm_session=${'x'.repeat(8_000)}`, 'scrm_session=a; scrm_session=b', 'scrm_session="; DROP', `${clerk.cookie}x`, clerk.cookie.slice(0, -1), clerk.cookie.toUpperCase()]) {
      expect([cookie.slice(0, 30), (await raw('GET', '/api/me', { headers: { cookie } })).status]).toEqual([cookie.slice(0, 30), 401])
    }
    await untouched()
    expect(await app.services.database.db.getRepository(auditEntries).countBy({ action: 'customer.changed', actorId: (await app.staffOf('clerk01')).id, outcome: 'done' })).toBe(0)
    expect(sorted(await idsOf(clerk))).toContain(own)
  })
})
