import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addOutbox } from '../jobs/index.ts'
import { outbox } from '../jobs/jobs.entity.ts'
import type { WecomFollow } from '../wecom/index.ts'
import { expectTrueLists } from '../../test/support/lists.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { customers, customerTags, follows } from './customer.entity.ts'
import { newCustomer, putFollows, type FollowShown } from './write-customer.ts'

const start = 1_763_900_000_000

const wecomFollow = (tagIds: readonly string[]): WecomFollow => ({
  userid: 'lin', remark: '', description: '', addedAt: start, tagIds, remarkCompany: '', remarkMobiles: [], addedBy: { kind: 'unknown' }, addWay: 1, state: null,
})
const shown = (tagIds: readonly string[]): FollowShown => ({ staffId: 'lin', addedAt: start, departmentId: 10, follow: wecomFollow(tagIds) })

describe.each(await testDatabaseKinds())('tags that WeCom is told of, on %s', (kind) => {
  let test: TestDatabase
  const customer = newCustomer('wmTagged', '带标签的', start)
  const visible = new Set(['lin'])
  const put = (tagIds: readonly string[], readAt: number) => test.database.transaction((work) =>
    putFollows(work, customer.id, [shown(tagIds)], visible, { now: readAt + 50, readAt, mayBeOverdue: false }))
  const tagsHere = async () => (await test.database.db.getRepository(customerTags).findBy({ customerId: customer.id })).map((row) => row.tagId).sort()

  beforeAll(async () => {
    test = await testDatabase(kind)
    await test.database.db.getRepository(customers).insert(customer)
    await put(['gold'], start)
    const { id } = await test.database.db.getRepository(follows).findOneByOrFail({ customerId: customer.id })
    await test.database.transaction(async (work) => {
      await work.db.getRepository(customerTags).insert({ customerId: customer.id, followId: id, tagId: 'store' })
      await addOutbox(work, { kind: 'customer.mark-tags', orderKey: `customer:${customer.externalUserId}`, payload: {} })
    })
  })
  afterAll(() => test.drop())

  it('stay while WeCom has not been told', async () => {
    await put(['gold'], start + 1_000)
    expect(await tagsHere()).toEqual(['gold', 'store'])
  })

  it('stay after a reading that began before WeCom was told, and go with one that began later', async () => {
    await test.database.db.getRepository(outbox).update({ kind: 'customer.mark-tags' }, { state: 'done', doneAt: start + 2_000 })
    await put(['gold'], start + 1_990)
    expect(await tagsHere()).toEqual(['gold', 'store'])
    await put(['gold'], start + 2_001)
    expect(await tagsHere()).toEqual(['gold'])
  })

  it('follow WeCom otherwise', async () => {
    await put(['silver'], start + 3_000)
    expect(await tagsHere()).toEqual(['silver'])
    await expectTrueLists(test.database)
    await put([], start + 4_000)
    expect(await tagsHere()).toEqual([])
    await expectTrueLists(test.database)
  })
})
