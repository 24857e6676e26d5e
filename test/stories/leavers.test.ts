import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessions } from '../../server/identity/index.ts'
import { wantDirectorySync } from '../../server/organization/index.ts'
import type { Person } from '../support/person.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe('access ends at once', () => {
  let app: StoryApp
  beforeAll(async () => {
    app = await storyApp(withContactCallback)
  })
  afterAll(() => app.stop())

  const poll = async () => {
    await app.services.database.transaction((work) => wantDirectorySync(work))
    await app.settle()
  }

  /** Signed in twice, and both are dead; nobody can sign in anew either. */
  async function expectEnded(userid: string, before: readonly Person[]): Promise<void> {
    for (const person of before) {
      for (const path of ['/api/me', '/api/epoch', '/api/customers', '/api/entrances', '/api/sessions']) {
        const reply = await person.get(path)
        expect([path, reply.status, reply.body.error.code]).toEqual([path, 401, 'session.required'])
      }
      expect((await person.patch('/api/customers/x', { version: 1 })).status).toBe(401)
    }
    await expect(app.as(userid)).rejects.toMatchObject({ status: 403, answer: expect.stringContaining('session.staff_inactive') })
    const { id } = await app.staffOf(userid)
    const own = await app.services.database.db.getRepository(sessions).findBy({ staffId: id })
    expect(own.length).toBeGreaterThanOrEqual(before.length)
    expect(own.filter((one) => one.revokedAt === null)).toEqual([])
  }

  const twice = async (userid: string) => {
    const both = [await app.as(userid), await app.as(userid)]
    for (const person of both) expect((await person.get('/api/me')).status).toBe(200)
    return both
  }

  it('unsubscribe: outside the visible range', async () => {
    const before = await twice('clerk01')
    const others = await app.person('clerk02')
    const otherStores = app.company.departments.filter((one) => one.kind === 'store' && one.id !== app.storeOf('clerk01')).map((one) => one.id)
    app.simulator.controls.setVisibleRange({ departmentIds: otherStores })
    await app.settle()
    await expectEnded('clerk01', before)
    expect((await others.get('/api/me')).status).toBe(200)
    app.simulator.controls.setVisibleRange({ departmentIds: [1] })
    await poll()
    expect((await (await app.as('clerk01')).get('/api/me')).status).toBe(200)
    expect((await before[0]?.get('/api/me'))?.status).toBe(401)
  })

  it('the ten-minute poll finds somebody whom WeCom disabled without a word', async () => {
    const before = await twice('clerk03')
    app.simulator.controls.disableStaff('clerk03')
    await app.settle()
    expect((await before[0]?.get('/api/me'))?.status).toBe(200)
    await poll()
    await expectEnded('clerk03', before)
  })

  it('the poll finds somebody who left while callbacks were lost', async () => {
    const before = await twice('clerk04')
    app.simulator.controls.setCallbackFaults({ drop: 1 })
    app.simulator.controls.deleteStaff('clerk04')
    await app.settle()
    app.simulator.controls.setCallbackFaults({ drop: 0 })
    await poll()
    await expectEnded('clerk04', before)
  })

  it('delete_user through the callback of the directory sync assistant, without any call to WeCom; everybody\'s epoch rises', async () => {
    const before = await twice('clerk05')
    const epoch = async () => Number((await (await app.person('clerk02')).get('/api/epoch')).headers.get('x-access-epoch'))
    const former = await epoch()
    app.simulator.controls.addApiFault({ path: '*', kind: 'cut' })
    app.simulator.controls.deleteStaff('clerk05')
    await app.settle()
    for (const person of before) expect((await person.get('/api/me')).status).toBe(401)
    expect(await epoch()).toBeGreaterThan(former)
    app.simulator.controls.clearApiFaults()
    await expectEnded('clerk05', before)
  })

  it('one session ended by its owner is dead, the other lives; nobody ends somebody else\'s', async () => {
    const [first, second] = await twice('clerk06')
    if (first === undefined || second === undefined) throw new Error('not signed in')
    const items = (await first.get('/api/sessions')).body.items as { id: string; current: boolean }[]
    const mine = items.find((one) => one.current)?.id ?? ''
    const stranger = await app.person('clerk02')
    expect((await stranger.send('DELETE', `/api/sessions/${mine}`)).body).toEqual({ revoked: false })
    expect((await first.get('/api/me')).status).toBe(200)
    expect((await second.send('DELETE', `/api/sessions/${mine}`)).body).toEqual({ revoked: true })
    expect([(await first.get('/api/me')).status, (await second.get('/api/me')).status]).toEqual([401, 200])
  })

  it('a session ends after twelve idle hours', async () => {
    const person = await app.as('clerk07')
    const { id } = await app.staffOf('clerk07')
    await app.services.database.db.getRepository(sessions).update({ staffId: id }, { lastSeenAt: Date.now() - 12 * 3_600_000 + 60_000 })
    expect((await person.get('/api/me')).status).toBe(200)
    await app.services.database.db.getRepository(sessions).update({ staffId: id }, { lastSeenAt: Date.now() - 12 * 3_600_000 - 1 })
    expect((await person.get('/api/me')).status).toBe(401)
  })
})
