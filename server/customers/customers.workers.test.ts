import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InboxEvent } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import type { WecomClient, WecomEvent } from '../wecom/index.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { customers, follows } from './customer.entity.ts'
import { customerHandlers } from './customers.workers.ts'

type Detail = Awaited<ReturnType<WecomClient['getCustomer']>>
type Kind = 'follow.added' | 'follow.edited' | 'follow.ended-by-staff' | 'follow.ended-by-customer'

const second = 1_000
const start = 1_763_900_000_000

describe.each(await testDatabaseKinds())('customer events that come late, on %s', (kind) => {
  let test: TestDatabase
  let now = start
  let customerNumber = 0
  let externalUserId = ''
  /** Since when WeCom shows Lin as a follower; null: not at all. */
  let addedAt: number | null = null

  const detail = (): Detail => ({
    customer: { externalUserId, name: '客户', avatar: null, type: 'wechat', gender: 'unknown', unionId: null, position: null, corpName: null, corpFullName: null },
    follows: addedAt === null ? [] : [{
      userid: 'lin', remark: '', description: '', addedAt, tagIds: [], tags: [], remarkCompany: '', remarkMobiles: [], addedBy: { kind: 'unknown' }, addWay: 1, state: null,
    }],
  })
  const handlers = new Map(customerHandlers({ wecom: { getCustomer: async () => detail() }, clock: () => now, departmentOf: async () => null, onFollowEvent: [] }))

  const contentOf = (eventKind: Kind, at: number): WecomEvent => {
    const base = { corpId: 'corp', agentId: null, userid: 'lin', externalUserId, at }
    switch (eventKind) {
      case 'follow.added': return { ...base, kind: eventKind, state: null, welcomeCode: null }
      case 'follow.ended-by-staff': return { ...base, kind: eventKind, byTransfer: false }
      default: return { ...base, kind: eventKind }
    }
  }

  /** WeCom's event of the moment `at`, handled at `handledAt`. */
  async function handle(eventKind: Kind, at: number, handledAt: number, reread = false): Promise<void> {
    now = handledAt
    const event: InboxEvent<WecomEvent> = {
      digest: '', source: 'app', kind: eventKind, orderKey: null, content: contentOf(eventKind, at), receivedAt: handledAt, attempt: 1, reread,
    }
    const handler = handlers.get(eventKind)
    const prepared = await handler?.prepare(event, { signal: AbortSignal.timeout(5_000) })
    await test.database.transaction(async (work) => handler?.apply(work, event, prepared))
  }

  const history = async () => {
    const { id } = await test.database.db.getRepository(customers).findOneByOrFail({ externalUserId })
    const rows = await test.database.db.getRepository(follows).find({ where: { customerId: id }, order: { beganAt: 'ASC' } })
    return rows.map((row) => ({ began: (row.beganAt - start) / second, ended: row.endedAt === null ? null : (row.endedAt - start) / second, left: row.customerDeletedAt !== null }))
  }

  beforeAll(async () => {
    test = await testDatabase(kind)
    await test.database.db.getRepository(staff).insert({
      id: '019ab2c0-0000-7000-8000-000000000001', userid: 'lin', wecomUserid: 'lin', name: '林', position: '', mainDepartmentId: null, status: 'active',
      joinedOn: null, level: null, createdAt: start, updatedAt: start, leftAt: null,
    })
  })
  afterAll(() => test.drop())

  /** A customer whom Lin has followed since the start. */
  async function followedCustomer(): Promise<void> {
    customerNumber += 1
    externalUserId = `wmLate${customerNumber}`
    addedAt = start
    await handle('follow.added', start, start + second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: false }])
  }

  it('a deletion that is handled after he was added again ends the former follow only', async () => {
    await followedCustomer()
    addedAt = start + 12 * second
    await handle('follow.ended-by-staff', start + 10 * second, start + 60 * second)
    await handle('follow.added', start + 12 * second, start + 61 * second)
    expect(await history()).toEqual([{ began: 0, ended: 10, left: false }, { began: 12, ended: null, left: false }])
  })

  it('a deletion that comes after the event of the new follow does not end the new one', async () => {
    await followedCustomer()
    addedAt = null
    await handle('follow.edited', start + 10 * second, start + 11 * second)
    addedAt = start + 12 * second
    await handle('follow.added', start + 12 * second, start + 13 * second)
    await handle('follow.ended-by-staff', start + 10 * second, start + 60 * second)
    expect((await history()).filter((one) => one.ended === null)).toEqual([{ began: 12, ended: null, left: false }])
  })

  it('a deletion holds although WeCom still shows the former follow', async () => {
    await followedCustomer()
    await handle('follow.ended-by-staff', start + 10 * second, start + 11 * second)
    expect(await history()).toEqual([{ began: 0, ended: 10, left: false }])
    await handle('follow.edited', start + 10 * second, start + 12 * second)
    expect(await history()).toEqual([{ began: 0, ended: 10, left: false }])
  })

  it('our clock may be minutes ahead of WeCom’s', async () => {
    await followedCustomer()
    addedAt = null
    await handle('follow.ended-by-staff', start + 10 * second, start + 310 * second)
    addedAt = start + 20 * second
    await handle('follow.added', start + 20 * second, start + 320 * second)
    expect(await history()).toEqual([{ began: 0, ended: 10, left: false }, { began: 20, ended: null, left: false }])
  })

  it('a customer who removed the member and adds him again is there again', async () => {
    await followedCustomer()
    await handle('follow.ended-by-customer', start + 10 * second, start + 11 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: true }])
    await handle('follow.edited', start + 15 * second, start + 16 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: true }])
    await handle('follow.added', start + 20 * second, start + 21 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: false }])
  })

  it('T12 a repeat of his leaving says nothing about a customer who has come back since', async () => {
    await followedCustomer()
    await handle('follow.ended-by-customer', start + 10 * second, start + 11 * second)
    await handle('follow.added', start + 20 * second, start + 21 * second)
    await handle('follow.ended-by-customer', start + 10 * second, start + 30 * second, true)
    expect(await history()).toEqual([{ began: 0, ended: null, left: false }])
  })

  it('his leaving that is heard of only after he has come back is over', async () => {
    await followedCustomer()
    addedAt = start + 20 * second
    await handle('follow.added', start + 20 * second, start + 21 * second)
    await handle('follow.ended-by-customer', start + 10 * second, start + 30 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: false }])
    await handle('follow.ended-by-customer', start + 40 * second, start + 41 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: true }])
  })

  it('an old event of his coming does not undo his leaving', async () => {
    await followedCustomer()
    await handle('follow.ended-by-customer', start + 10 * second, start + 11 * second)
    await handle('follow.added', start, start + 12 * second)
    expect(await history()).toEqual([{ began: 0, ended: null, left: true }])
  })
})
