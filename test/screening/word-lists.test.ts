import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScreenings, starterEntries } from '../../server/screening/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { agreed } from '../support/second-person.ts'
import { testApp, type TestApp } from '../support/test-app.ts'

const send = (person: Person, method: string, path: string, body: unknown = {}) => person.send(method, path, { body: JSON.stringify(body) })
const entry = (word: string, more: object = {}) => ({ word, kind: 'block', category: 'other', disguises: [], note: '', ...more })

describe.each(await testDatabaseKinds())('word lists, on %s', (kind) => {
  let app: TestApp
  let director: Person
  let marketing: Person
  beforeAll(async () => {
    app = await testApp({ database: kind, company: generateCompany({ customers: 5 }) })
    director = await app.as('marketinglead01')
    marketing = await app.as('marketing01')
  })
  afterAll(() => app.stop())

  const draft = async () => (await director.get('/api/screening/draft')).body
  const publish = async (set: object[], remove: string[] = []) => {
    const { version } = (await send(director, 'PATCH', '/api/screening/draft/words', { version: (await draft()).version, set, remove })).body
    await agreed(app, await send(director, 'POST', '/api/screening/draft/publish', { version, note: '更新' }))
    return (await app.services.screenings.inForce()).number
  }

  it('S39 the starter list is in force from the first day, and the test box explains each finding', async () => {
    const listed = (await director.get('/api/screening/words?limit=5&q=%E8%B5%8C%E5%8D%9A')).body
    expect(listed.items).toHaveLength(5)
    const more = (await director.get(`/api/screening/words?limit=100&q=%E8%B5%8C%E5%8D%9A&after=${encodeURIComponent(listed.next)}`)).body
    expect([...listed.items, ...more.items].map((one: { word: string }) => one.word)).toContain('赌博')
    expect(listed.total).toBe(5 + more.items.length)
    const { body } = await send(marketing, 'POST', '/api/screening/test', { text: '最优惠，赌 bo' })
    expect(body).toMatchObject({ verdict: 'block', hits: [{ start: 0, end: 3, word: '最优惠', reason: 'word', proposal: '优惠', severity: 'review' }, { start: 4, end: 8, word: '赌博', reason: 'word.pinyin' }] })
  })

  it('S39 what is published is in force at the next scan, in every process; a scan under way keeps its list', async () => {
    const other = createScreenings(app.services.screenings)
    const before = await other.inForce()
    expect((await other.scanAll(['新词甲'])).map((one) => one.verdict)).toEqual(['pass'])
    const number = await publish([entry('新词甲')])
    for (const process of [app.services.screenings, other]) expect((await process.scanAll(['新词甲']))[0]?.verdict).toBe('block')
    expect((await other.inForce()).number).toBe(number)
    expect(before.screener.entries).toHaveLength(starterEntries.length)
    // Many at once prepare it once.
    const third = createScreenings(app.services.screenings)
    const screeners = new Set((await Promise.all(Array.from({ length: 20 }, () => third.inForce()))).map((one) => one.screener))
    expect(screeners.size).toBe(1)
  })

  it('S39 an earlier list comes back as a new version; the audit has numbers, no words', async () => {
    const number = await publish([entry('新词乙')])
    await agreed(app, await send(director, 'POST', '/api/screening/versions/0/restore', { note: '恢复' }))
    const restored = (await app.services.screenings.inForce()).number
    expect(restored).toBe(number + 1)
    expect((await app.services.screenings.scanAll(['新词乙']))[0]?.verdict).toBe('pass')
    const { items } = (await director.get('/api/screening/versions')).body
    expect(items[0]).toMatchObject({ number: restored, kind: 'rollback', restores: 0, entries: starterEntries.length })
    expect((await send(director, 'POST', `/api/screening/versions/${restored}/restore`, { note: '再' })).body.error.code).toBe('screening.nothing_changed')
    expect((await send(director, 'POST', '/api/screening/versions/987654/restore', { note: '再' })).status).toBe(404)
    const admin = await app.as('admin01')
    const found = await admin.get('/api/audit?action=words.published')
    expect(found.body.items.length).toBeGreaterThan(0)
    expect(found.text).not.toContain('新词')
  })

  it('S39 import names bad lines, export gives the list back, stale editors are refused', async () => {
    const first = (await send(director, 'POST', '/api/screening/draft/import', { version: (await draft()).version, mode: 'replace', text: '词语一\n一\n词语二,review,medical,sound,更好\n词语三,stop' })).body
    expect(first).toMatchObject({ added: 2, bad: 2, problems: [{ line: 2, problem: 'too-short' }, { line: 4, problem: 'bad-kind' }] })
    const exported = (await director.get('/api/screening/words/export?list=draft')).body.text
    expect(exported.split('\n')).toEqual(['word,kind,category,disguises,note', '词语一,block,other,sound|pinyin|shape|split,', '词语二,review,medical,sound,更好'])
    expect((await send(director, 'POST', '/api/screening/draft/import', { version: first.version - 1, mode: 'merge', text: '词语四' })).body.error.code).toBe('screening.version_conflict')
    expect((await send(director, 'PATCH', '/api/screening/draft/words', { version: first.version, set: [entry('一')], remove: [] })).body.error.code).toBe('screening.bad_words')
    expect(await draft()).toMatchObject({ entries: 2, added: 2, removed: starterEntries.length })
    expect((await director.send('DELETE', `/api/screening/draft?version=${first.version}`)).body).toEqual({ discarded: true })
    expect(await draft()).toMatchObject({ version: 0, entries: starterEntries.length })
  })

  it('S39 of two who publish the same draft at once, one does', async () => {
    const { version } = (await send(director, 'PATCH', '/api/screening/draft/words', { version: (await draft()).version, set: [entry('新词丙')], remove: [] })).body
    const replies = await Promise.all(Array.from({ length: 4 }, () => send(director, 'POST', '/api/screening/draft/publish', { version, note: '同时' })))
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409, 409, 409])
  })

  it('S39 hosts of links are part of the list', async () => {
    const { version } = (await send(director, 'PUT', '/api/screening/draft/hosts', { version: (await draft()).version, hosts: ['shop.our.cn'], blockedHosts: ['bad.our.cn'] })).body
    await agreed(app, await send(director, 'POST', '/api/screening/draft/publish', { version, note: '链接' }))
    expect((await app.services.screenings.scanAll(['https://shop.our.cn/a', 'https://bad.our.cn/a', 'https://x.cn'])).map((one) => one.verdict)).toEqual(['pass', 'block', 'review'])
    expect((await send(director, 'PUT', '/api/screening/draft/hosts', { version: 0, hosts: ['no host'], blockedHosts: [] })).body.error.code).toBe('screening.bad_words')
  })

  it('S39 marketing reads the list and does not change it; a clerk sees none of it', async () => {
    expect((await marketing.get('/api/screening/words')).status).toBe(200)
    expect((await send(marketing, 'PATCH', '/api/screening/draft/words', { version: 0, set: [], remove: [] })).status).toBe(403)
    const clerk = await app.as('clerk01')
    for (const path of ['/api/screening/words', '/api/screening/draft', '/api/screening/versions']) expect((await clerk.get(path)).status).toBe(403)
  })
})
