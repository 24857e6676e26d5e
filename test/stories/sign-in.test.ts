import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessions, signIns } from '../../server/identity/index.ts'
import { wantDirectorySync } from '../../server/organization/index.ts'
import { personWith } from '../support/person.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const userAgent = 'Mozilla/5.0 wxwork/4.1.0 MicroMessenger/7.0.1'

/** A browser with cookies of its own, stopped where a person could interfere. */
class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #app: StoryApp

  constructor(app: StoryApp) {
    this.#app = app
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async open(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.#app.url}${path}`, { redirect: 'manual', headers: { 'user-agent': userAgent, accept: 'application/json', cookie: this.cookie, ...headers } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }

  /** Goes to WeCom and comes back with a path of ours, code and state in it; the path is not opened yet. */
  async begin(who: string, path = '/auth/wecom'): Promise<string> {
    const asked = await this.open(path)
    const granted = await fetch(asked.headers.get('location') ?? '', { redirect: 'manual', headers: { cookie: `sim_staff=${encodeURIComponent(who)}` } })
    const back = new URL(granted.headers.get('location') ?? 'http://nowhere.invalid')
    return `${back.pathname}${back.search}`
  }
}

describe('sign-in through WeCom', () => {
  let app: StoryApp
  beforeAll(async () => {
    app = await storyApp()
  })
  afterAll(() => app.stop())

  const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code
  const count = () => app.services.database.db.getRepository(sessions).count()

  it('a member signs in; the cookie is httpOnly, its token is only kept as a hash, the state too', async () => {
    const browser = new Browser(app)
    const back = await browser.begin('clerk01')
    const done = await browser.open(back)
    expect([done.status, done.headers.get('location')]).toEqual([302, '/sidebar/'])
    const line = done.headers.getSetCookie().find((one) => one.startsWith('scrm_session=')) ?? ''
    expect(line).toMatch(/httponly/i)
    expect(line).toMatch(/samesite=lax/i)
    const token = /scrm_session=([^;]+)/.exec(line)?.[1] ?? ''
    expect(token.length).toBeGreaterThanOrEqual(43)
    const state = new URLSearchParams(back.slice(back.indexOf('?'))).get('state') ?? ''
    const stored = JSON.stringify([await app.services.database.db.getRepository(sessions).find(), await app.services.database.db.getRepository(signIns).find()])
    for (const secret of [token, state]) expect(stored).not.toContain(secret)
    expect(stored).not.toContain(createHash('sha256').update(token).digest('base64url'))
    const me = await personWith({ url: app.url, publicUrl: app.config.publicUrl, userid: 'clerk01' }, `scrm_session=${token}`).get('/api/me')
    expect([me.status, me.body.staff.userid]).toEqual([200, 'clerk01'])
  })

  it('a state works once: the same return address opens no second session', async () => {
    const browser = new Browser(app)
    const back = await browser.begin('clerk01')
    const before = await count()
    const cookie = browser.cookie
    const answers = await Promise.all([browser.open(back, { cookie }), browser.open(back, { cookie }), browser.open(back, { cookie })])
    expect(answers.map((one) => one.status).sort()).toEqual([302, 400, 400])
    const again = await browser.open(back, { cookie })
    expect([again.status, await codeOf(again), await count()]).toEqual([400, 'session.state_invalid', before + 1])
  })

  it('a state of another browser is refused: nobody is signed in to somebody else\'s session', async () => {
    const attacker = new Browser(app)
    const victim = new Browser(app)
    const back = await attacker.begin('clerk01')
    await victim.begin('clerk02')
    const before = await count()
    const refused = await victim.open(back)
    expect([refused.status, await codeOf(refused), await count()]).toEqual([400, 'session.state_invalid', before])
    const stranger = await new Browser(app).open(back)
    expect([stranger.status, await codeOf(stranger)]).toEqual([400, 'session.state_invalid'])
  })

  it('a code works once, and an invented one never', async () => {
    const first = new Browser(app)
    const back = await first.begin('clerk01')
    const code = new URLSearchParams(back.slice(back.indexOf('?'))).get('code') ?? ''
    expect((await first.open(back)).status).toBe(302)
    for (const used of [code, 'invented', '']) {
      const other = new Browser(app)
      const state = new URLSearchParams((await other.begin('clerk02')).split('?')[1]).get('state') ?? ''
      const refused = await other.open(`/auth/wecom/return?${new URLSearchParams({ code: used, state })}`)
      expect([refused.status, await codeOf(refused)]).toEqual([400, 'session.code_invalid'])
    }
  })

  it('a state is too old after ten minutes', async () => {
    const browser = new Browser(app)
    const back = await browser.begin('clerk01')
    await app.services.database.db.getRepository(signIns).createQueryBuilder().update().set({ createdAt: () => 'created_at - 601000' }).execute()
    const refused = await browser.open(back)
    expect([refused.status, await codeOf(refused)]).toEqual([400, 'session.state_invalid'])
  })

  it.each([
    ['a member of a linked company', 'linkedcorp/clerk01', 'session.not_staff'],
    ['somebody from outside', 'openid:oAbCdEf0123456789', 'session.not_staff'],
    ['a member nobody knows', 'nobody99', 'session.staff_inactive'],
  ])('%s is refused and gets no session', async (_what, who, code) => {
    const before = await count()
    const browser = new Browser(app)
    const refused = await browser.open(await browser.begin(who))
    expect([refused.status, await codeOf(refused), await count()]).toEqual([403, code, before])
    expect(browser.cookie).not.toContain('scrm_session')
  })

  it('a customer of ours is no member, though WeCom names him', async () => {
    const [customer] = app.company.customers.filter((one) => one.follows.length > 0)
    const browser = new Browser(app)
    const state = new URLSearchParams((await browser.begin('clerk01')).split('?')[1]).get('state') ?? ''
    const code = app.simulator.controls.oauthCode('openid:oCustomer', { externalUserId: customer?.externalUserId ?? '' })
    const refused = await browser.open(`/auth/wecom/return?${new URLSearchParams({ code, state })}`)
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'session.not_staff'])
  })

  it('a member outside the visible range of the app is refused, though WeCom gives his userid', async () => {
    const narrow = await storyApp({ empty: true, simulator: { visible: { departmentIds: [1000], userids: ['clerk02'] } } })
    try {
      await narrow.services.database.transaction((work) => wantDirectorySync(work))
      await narrow.settle()
      for (const inside of ['clerk01', 'clerk02']) expect((await (await narrow.as(inside)).get('/api/me')).status).toBe(200)
      for (const outside of ['director01', 'manager02']) {
        await expect(narrow.as(outside)).rejects.toMatchObject({ status: 403, answer: expect.stringContaining('session.staff_inactive') })
      }
    } finally {
      await narrow.stop()
    }
  })

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/ok\r\nset-cookie: a=b', 'javascript:alert(1)'])('does not lead out of the product after the sign-in: %s', async (target) => {
    const browser = new Browser(app)
    const done = await browser.open(await browser.begin('clerk01', `/auth/wecom?surface=console&return=${encodeURIComponent(target)}`))
    expect([done.status, done.headers.get('location')]).toEqual([302, '/console/'])
  })

  it('hostile parameters of the sign-in are refused without a word of them in the answer', async () => {
    for (const query of ['', '?code=a&code=b&state=c&state=d', '?code[]=x&state[$ne]=y', `?code=${'x'.repeat(5000)}&state=%00`, '?state=<script>alert(1)</script>&code=1', `?code=1&state=${encodeURIComponent("' or 1=1 --")}`]) {
      const refused = await new Browser(app).open(`/auth/wecom/return${query}`, { accept: 'text/html' })
      expect(refused.status).toBe(400)
      expect(await refused.text()).not.toContain('alert')
    }
  })
})
