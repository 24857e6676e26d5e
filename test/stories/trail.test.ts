import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuditSealer, verifyChain } from '../../server/audit/index.ts'
import { auditEntries, type AuditEntry } from '../../server/audit/audit.entity.ts'
import { demoKfId } from '../simulator/index.ts'
import { testSecrets } from '../support/test-app.ts'
import type { Person, Reply } from '../support/person.ts'
import { rawRequest } from './support/raw-request.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const mobile = '13755554444'
const written = { mobile: '13744443333', email: 'neu.geheim@kunde.example', address: '苏州市观前街88号', name: '改后的名字', remark: '悄悄话备注' }
const said = `我的电话${mobile}，暗号是芝麻开门`

describe('what a session leaves behind', () => {
  let app: StoryApp
  let sales: Person
  let mine = ''
  let theirs = ''
  const lines: string[] = []

  beforeAll(async () => {
    // Without the paths that the product's log hides besides: nothing personal may even be handed to it.
    app = await storyApp({ log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) })
    sales = await app.person('sales01')
    mine = app.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: `暗号客户${mobile}` } }, said)
    theirs = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '别店客户' } }).externalUserId
    app.simulator.controls.memberAddsCustomer('sales01', { externalUserId: mine })
    await app.settle()
    await app.knows(mine, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01'), mobile, email: 'alt.geheim@kunde.example', address: '上海市南京西路77号', contractAmountFen: 77_665_500 })
  })
  afterAll(() => app.stop())

  const entriesOf = (reply: Reply) => app.services.database.db.getRepository(auditEntries).findBy({ requestId: reply.headers.get('x-request-id') ?? 'none' })
  const everyEntry = () => app.services.database.db.getRepository(auditEntries).find()
  const only = async (reply: Reply): Promise<AuditEntry> => {
    const found = await entriesOf(reply)
    expect(found).toHaveLength(1)
    return found[0] ?? raise()
  }

  it('a card that showed sensitive fields is on the audit with their names; one that showed none is not', async () => {
    const card = await sales.get(`/api/customers/${mine}`)
    expect(await only(card)).toMatchObject({
      action: 'customer.shown', outcome: 'allowed', actorKind: 'staff', actorId: (await app.staffOf('sales01')).id, subjectKind: 'customer', subjectId: (await app.customer(mine)).id,
      details: { fields: ['mobile', 'email', 'address', 'spendTotalFen', 'contractAmountFen'] },
    })
    const followed = app.simulator.controls.memberAddsCustomer('trainee01', { newCustomer: { name: '实习客户' } }).externalUserId
    await app.settle()
    expect(await entriesOf(await (await app.person('trainee01')).get(`/api/customers/${followed}`))).toEqual([])
  })

  it('a page of the list is on the audit with the sensitive fields on it, orders too', async () => {
    const page = await sales.get('/api/customers')
    expect(await only(page)).toMatchObject({ action: 'customers.listed', outcome: 'allowed', details: { fields: ['mobile', 'email', 'address', 'contractAmountFen', 'spendTotalFen'], count: page.body.items.length } })
    expect(await entriesOf(await (await app.person('trainee01')).get('/api/customers'))).toEqual([])
    await app.buys(mine, app.storeOf('sales01'), 3_300)
    expect(await only(await sales.get(`/api/customers/${mine}/orders`))).toMatchObject({ outcome: 'allowed', operation: 'customer.spending.view', subjectId: (await app.customer(mine)).id })
  })

  it('messages that were shown are on the audit', async () => {
    const shown = await sales.get(`/api/customers/${mine}/messages`)
    expect(shown.body.items.length).toBeGreaterThan(0)
    expect(await only(shown)).toMatchObject({ outcome: 'allowed', actorId: (await app.staffOf('sales01')).id, subjectId: (await app.customer(mine)).id })
  })

  it('refusals are recorded like successes: at the gate of a route, of a search, of a write', async () => {
    const clerk = await app.person('clerk01')
    const marketing = await app.person('marketing01')
    expect(await only(await marketing.get('/api/customers'))).toMatchObject({ action: 'route.refused', operation: 'customer.profile.view', outcome: 'refused', details: { path: '/api/customers' } })
    expect(await only(await marketing.get(`/api/customers/${mine}`))).toMatchObject({ action: 'route.refused', details: { path: '/api/customers/:externalUserId' } })
    expect(await only(await clerk.get(`/api/customers?phone=${mobile}`))).toMatchObject({ action: 'route.refused', operation: 'customer.contact.operate', outcome: 'refused' })
    expect(await only(await (await app.person('trainee01')).get('/api/customers?stage=lead'))).toMatchObject({ action: 'route.refused', outcome: 'refused', details: { code: 'access.filter_refused' } })
    expect(await only(await clerk.get(`/api/customers/${mine}/explain?operation=customer.profile.view&staff=manager01`))).toMatchObject({ action: 'route.refused', operation: 'system.policy.view' })
    const refused = await sales.patch(`/api/customers/${mine}`, { version: 1, contractAmountFen: 5, memberLevel: 1 })
    expect(await only(refused)).toMatchObject({ action: 'customer.changed', outcome: 'refused', details: { fields: ['contractAmountFen', 'memberLevel'] } })
  })

  it('an operation refused for a customer whom one sees is on the audit', async () => {
    const clerk = await app.person('clerk01')
    const { externalUserId } = await app.arrives(app.storeOf('clerk01'), { name: '同店客户' })
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf('manager01')).id, ownerDepartmentId: app.storeOf('clerk01') })
    const refused = await clerk.get(`/api/customers/${externalUserId}/messages`)
    expect(refused.status).toBe(403)
    expect(await only(refused)).toMatchObject({ outcome: 'refused', operation: 'talk.messages.view', actorId: (await app.staffOf('clerk01')).id })
  })

  it('sign-ins, changes and ownership are on the audit, and the chain over all of it holds', async () => {
    const { version } = (await sales.get(`/api/customers/${mine}`)).body.customer
    const changed = await sales.patch(`/api/customers/${mine}`, { version, ...written })
    expect(changed.status).toBe(200)
    expect((await entriesOf(changed)).map((entry) => [entry.action, entry.outcome])).toEqual([['customer.changed', 'done']])
    const scan = await app.arrives(app.storeOf('clerk01'), { name: '扫码归属' })
    const owned = (await everyEntry()).filter((entry) => entry.action === 'customer.owned')
    expect(owned.map((entry) => entry.subjectId)).toContain((await app.customer(scan.externalUserId)).id)
    expect((await everyEntry()).filter((entry) => entry.action === 'session.opened').length).toBeGreaterThanOrEqual(4)
    const { database, clock, log } = app.services
    await createAuditSealer({ database, clock, log }).sealAll()
    expect(await verifyChain(database)).toMatchObject({ unsealed: 0 })
    expect((await verifyChain(database)).firstBroken).toBeUndefined()
  })

  it('the log and the audit of all this, and of what went wrong, hold no number, secret or text', async () => {
    await misfortunes()
    const log = lines.join('')
    expect(lines.length).toBeGreaterThan(25)
    for (const level of [30, 40, 50]) expect(log).toContain(`"level":${level}`)
    const audit = JSON.stringify(await everyEntry())
    const tokens = [...app.simulator.state.tokens.keys(), ...app.simulator.state.tickets.keys(), ...[...app.simulator.state.oauthCodes.keys()], ...sales.cookie.split('=').slice(1)].filter((token) => token.length > 8)
    expect(tokens.length).toBeGreaterThan(4)
    const secrets = [
      ...tokens, testSecrets.secret, testSecrets.token, testSecrets.aesKey, app.config.sessionSecret, ...app.config.dataKeys,
      ...app.company.customers.flatMap((one) => [one.mobile, one.email]), mobile, ...Object.values(written), 'alt.geheim@kunde.example', '南京西路77号', '77665500', '776655', said, '芝麻开门', '暗号客户', '欢迎来到',
    ]
    for (const [where, text] of [['log', log], ['audit', audit]] as const) {
      expect([where, secrets.filter((secret) => text.includes(secret))]).toEqual([where, []])
      expect([where, text.match(/(?<![0-9a-z-])(?:\+?86)?1[3-9]\d{9}(?![0-9a-z])/g)]).toEqual([where, null])
    }
  })

  /** What goes wrong in a long life: broken input, a WeCom that fails, a table that is gone. */
  async function misfortunes(): Promise<void> {
    await sales.patch(`/api/customers/${mine}`, { version: 1, mobile: `${mobile}000`, name: mobile })
    await sales.get(`/api/customers?q=${encodeURIComponent(mobile)}&phone=${mobile}`)
    await sales.get(`/api/customers/${encodeURIComponent(`${mobile} 芝麻开门`)}`)
    await rawRequest(app.url, { method: 'POST', path: `/wecom/callback?msg_signature=x&timestamp=${Math.floor(Date.now() / 1000)}&nonce=1`, body: `<xml><Encrypt>${mobile}</Encrypt></xml>` })
    await rawRequest(app.url, { path: `/auth/wecom/return?code=${mobile}&state=芝麻开门`.replace('芝麻开门', 'zhima'), headers: { cookie: 'scrm_sign_in=x' } })
    app.simulator.controls.sendRaw(`毒${said}`)
    app.simulator.controls.addApiFault({ path: '*', kind: 'http', status: 502 })
    const { state } = await app.entranceOf(app.storeOf('clerk01'))
    app.simulator.controls.customerScans({ state, newCustomer: { name: `断网客户${mobile}` } })
    app.simulator.controls.memberMessagesApp('clerk01', said)
    await app.settle()
    app.simulator.controls.clearApiFaults()
    app.simulator.controls.addApiFault({ path: '/cgi-bin/kf/sync_msg', kind: 'errcode', errcode: 40058, times: 1 })
    app.simulator.controls.customerSendsKf(demoKfId, { externalUserId: mine }, said)
    await app.settle()
    expect((await (await app.person('clerk01')).get(`/api/customers/${theirs}`)).status).toBe(404)
    const { preferences } = await app.customer(mine)
    const setPreferences = (json: string) => app.services.database.db.query('update customers set preferences = ? where external_user_id = ?', [json, mine])
    // A library whose error quotes what it was given.
    await setPreferences('芝麻开门')
    expect((await sales.get(`/api/customers/${mine}`)).text).toMatch(/^\{"error":\{"code":"internal.unexpected"/)
    await setPreferences(JSON.stringify(preferences))
    await app.services.database.db.query('alter table visits rename to visits_gone')
    const broken = await sales.get(`/api/customers/${mine}/visits`)
    expect([broken.status, Object.keys(broken.body.error).sort(), broken.body.error.code, broken.body.error.data]).toEqual([500, ['code', 'data', 'message', 'requestId'], 'internal.unexpected', {}])
    expect(broken.text).not.toMatch(/visits|select|sqlite|at /i)
    await app.services.database.db.query('alter table visits_gone rename to visits')
  }

  function raise(): never {
    throw new Error('no entry')
  }
})
