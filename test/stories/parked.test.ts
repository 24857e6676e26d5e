import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { addOutbox } from '../../server/jobs/index.ts'
import { outbox } from '../../server/jobs/jobs.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { everyItem } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('what failed for good waits for a person, on %s', (kind) => {
  let app: StoryApp
  let admin: Person
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    admin = await app.person('admin01')
  })
  afterAll(() => app.stop())

  const db = () => app.services.database.db

  async function park(count: number): Promise<string[]> {
    const before = new Set((await db().find(outbox)).map((row) => row.id))
    for (let place = 0; place < count; place += 1) {
      await app.services.database.transaction((work) => addOutbox(work, { kind: 'customer.refresh', payload: { externalUserId: `wmSecret138${place}` } }).then(() => undefined))
    }
    const ids = (await db().find(outbox)).map((row) => row.id).filter((id) => !before.has(id))
    for (const id of ids) await db().update(outbox, { id }, { state: 'dead', attempts: 8, lastError: 'WecomError wecom.failed 40058' })
    return ids
  }

  it('T14 is listed by page, without content, for those who look after the connection only', async () => {
    const ids = await park(5)
    const items = await everyItem<{ id: string }>(admin, '/api/parked?queue=outbox', 2)
    expect(items.map((item) => item.id).sort()).toEqual([...ids].sort())
    expect(items[0]).toEqual({ id: expect.any(String), kind: 'customer.refresh', attempts: 8, lastError: 'WecomError wecom.failed 40058', arrivedAt: expect.any(Number), parkedAt: expect.any(Number) })
    expect(JSON.stringify(items)).not.toContain('wmSecret')
    for (const userid of ['director01', 'clerk01', 'marketinglead01']) expect((await (await app.person(userid)).get('/api/parked')).status).toBe(403)
    expect((await admin.get('/api/parked?state=lost')).status).toBe(400)
  })

  it('T14 an effect is given up with a reason or made due again, once, and both are on the audit', async () => {
    const [first = '', second = ''] = await park(2)
    expect((await admin.post(`/api/parked/${first}/discard`, { reason: 'because' })).status).toBe(400)
    expect((await admin.post(`/api/parked/${first}/discard`, { reason: 'done-by-hand' })).status).toBe(200)
    expect([(await admin.post(`/api/parked/${first}/discard`, { reason: 'obsolete' })).status, (await admin.post(`/api/parked/${first}/replay`, { queue: 'outbox' })).body.error.code]).toEqual([404, 'parked.not_found'])
    expect(await db().findOneBy(outbox, { id: first })).toMatchObject({ state: 'done' })

    const both = await Promise.all([1, 2].map(() => admin.post(`/api/parked/${second}/replay`, { queue: 'outbox' })))
    expect(both.map((reply) => reply.status).sort()).toEqual([200, 404])
    await app.settle()
    expect(await db().findOneBy(outbox, { id: second })).toMatchObject({ state: 'done', lastError: null })
    const entries = await db().find(auditEntries, { where: [{ action: 'job.discarded' }, { action: 'job.replayed' }], order: { id: 'ASC' } })
    expect(entries.map(({ action, subjectKind, subjectId, details }) => [action, subjectKind, subjectId, details])).toEqual([
      ['job.discarded', 'outbox', first, { reason: 'done-by-hand' }], ['job.replayed', 'outbox', second, {}],
    ])
  })
})
