import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { activeStaffIds } from '../../server/access/company-policy.ts'
import { loadTemporaryGrants } from '../../server/access/grant-sources.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { grantOf, StoryCompany } from './support/company.ts'

const grant = grantOf(['customer.profile.view'])

describe.each(await testDatabaseKinds())('what is held for a time on %s', (kind) => {
  let story: StoryCompany

  beforeAll(async () => {
    story = await StoryCompany.open(kind)
    await story.tell({
      staff: { one: { roles: [] }, two: { roles: [] }, left: { roles: [], status: 'left' } },
      customers: {},
      campaigns: { wide: { members: ['one'], fromAt: 10, untilAt: 90 }, narrow: { members: ['one'], fromAt: 30, untilAt: 60 }, over: { members: ['one'], fromAt: 10, untilAt: 90, endedAt: 40 } },
      temporary: {
        a: { staffId: 'one', grant, fromAt: 20, untilAt: 80 },
        b: { campaignId: 'wide', grant, fromAt: 20, untilAt: 80 },
        c: { campaignId: 'narrow', grant, fromAt: 20, untilAt: 80 },
        d: { campaignId: 'over', grant, fromAt: 20, untilAt: 80 },
        e: { staffId: 'one', grant: grantOf(['marketing.reports.operate', 'system.policy.view']), fromAt: 20, untilAt: 80 },
        f: { staffId: 'one', grant: grantOf(['marketing.reports.operate', 'marketing.reports.view']), fromAt: 20, untilAt: 80 },
        g: { staffId: 'one', grant, state: 'waiting' },
        h: { campaignId: 'wide', grant, state: 'refused' },
      },
    })
  })
  afterAll(() => story.test.drop())

  it('ends with its own end, that of the campaign, or when the campaign is ended, whichever is first, and begins with the later', async () => {
    const held = (await loadTemporaryGrants(story.test.database.db, ['one', 'two'])).get('one') ?? []
    expect(held.map(({ id, from, until }) => [id.replace('temporary:', ''), from, until]).filter(([id]) => id !== 'f')).toEqual([['a', 20, 80], ['b', 20, 80], ['c', 30, 60], ['d', 20, 40]])
  })

  it('is never an export or of the system, and nothing when nothing else is left', async () => {
    const held = (await loadTemporaryGrants(story.test.database.db, ['one'])).get('one') ?? []
    expect(held.filter(({ id }) => /:[ef]$/.test(id)).map((one) => [one.id, one.grant.operations])).toEqual([['temporary:f', ['marketing.reports.view']]])
  })

  it('is held by nobody else, and asked of those who are active', async () => {
    expect((await loadTemporaryGrants(story.test.database.db, ['two'])).get('two') ?? []).toEqual([])
    expect(await activeStaffIds(story.test.database.db)).toEqual(['one', 'two'])
  })
})
