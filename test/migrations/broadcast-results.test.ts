import { v7 as uuid } from 'uuid'
import { describe, expect, it } from 'vitest'
import { AttributeConversions1764200030000 } from '../../migrations/1764200030000-attribute-conversions.ts'
import { CreateBroadcastResults1764200030100 } from '../../migrations/1764200030100-create-broadcast-results.ts'
import { broadcastRecipients, broadcasts } from '../../server/broadcasts/broadcast.entity.ts'
import { quotaShares } from '../../server/broadcasts/quotas/quota.entity.ts'
import { broadcastResults } from '../../server/broadcasts/results/result.entity.ts'
import { templateUses } from '../../server/templates/index.ts'
import { testDatabase, testDatabaseKinds } from '../support/databases.ts'

describe.each(await testDatabaseKinds())('results of what left before they were kept, on %s', (kind) => {
  it('are counted, once, and messages know their broadcast', async () => {
    const test = await testDatabase(kind)
    const { db, source } = test.database
    try {
      const [id, planId, staffId, templateId] = [uuid(), uuid(), uuid(), uuid()]
      await db.insert(broadcasts, {
        id, name: '旧的', creatorStaffId: staffId, departmentId: null, status: 'done', version: 1, templateId, senders: 'self', sentValues: {}, audience: {}, plannedAt: 1, planId, templateVersionId: null, category: null,
        attachments: [], contentHash: null, recipients: 4, hiddenRecipients: 0, excluded: {}, reviewHits: 0, neededSteps: [], agreedSteps: [], createdAt: 1, updatedAt: 1, submittedAt: 1, endedAt: 1,
      })
      await db.insert(quotaShares, { planId, staffId, month: '2026-10', day: '2026-10-03', counts: {}, open: {}, version: 1 })
      const outcomes = ['sent', 'sent', 'not-friend', 'withdrawn'] as const
      const customers = outcomes.map(() => uuid())
      for (const [place, outcome] of outcomes.entries()) await db.insert(broadcastRecipients, { planId, staffId, customerId: customers[place] ?? '', valueTier: null, isHidden: false, day: '2026-10-03', outcome })
      for (const [useKey, usesKind] of [[`broadcast:${planId}:${customers[0] ?? ''}`, 'broadcast'], [`quick-reply:${uuid()}`, 'quick-reply']] as const) {
        await db.insert(templateUses, { id: uuid(), useKey, templateId, versionId: templateId, staffId, customerId: customers[0] ?? '', kind: usesKind, usedAt: 1, sourceId: null, repliedAt: null, visitedAt: null, orderedAt: null, contractedAt: null })
      }
      const runner = source.createQueryRunner()
      const [uses, results] = [new AttributeConversions1764200030000(), new CreateBroadcastResults1764200030100()]
      await results.down(runner)
      await uses.down(runner)
      await uses.up(runner)
      for (const _ of [1, 2]) await results.up(runner)
      await runner.release()
      expect(await db.find(broadcastResults)).toMatchObject([{ planId, staffId, broadcastId: id, templateId, departmentId: null, month: '2026-10', leaving: 0, sent: 2, notFriend: 1, overLimit: 0, unsent: 0, leftOut: 0 }])
      expect((await db.find(templateUses, { order: { kind: 'ASC' } })).map((use) => [use.kind, use.sourceId])).toEqual([['broadcast', planId], ['quick-reply', null]])
      expect((await source.driver.createSchemaBuilder().log()).upQueries).toEqual([])
    } finally {
      await test.drop()
    }
  })
})
