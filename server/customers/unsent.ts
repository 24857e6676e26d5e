import { In, MoreThanOrEqual, type EntityManager } from 'typeorm'
import { outbox } from '../jobs/jobs.entity.ts'
import { customers, type Follow } from './customer.entity.ts'

/*
 * What was changed here and a reading of WeCom cannot show yet: WeCom has not been told, or not before the reading began. The reading must not undo it:
 * WeCom sends no callback for what is set through its API, so nothing would bring it back before the nightly reading.
 */

const unfinished = In(['new', 'running'])

/** The effect that tells WeCom the remark of one follow; wanted once, however often the remark changes meanwhile. */
export const remarkKey = (followId: string): string => `customer.remark:${followId}`

export function isRemarkUnsent(db: EntityManager, followId: string): Promise<boolean> {
  const key = remarkKey(followId)
  return db.getRepository(outbox).existsBy({ uniqueKey: In([key, `${key}+`]), state: unfinished })
}

/** Whether a reading that began at `readAt` (ms) may lack tags that were set here. */
export async function areTagsUnsent(db: EntityManager, follow: Pick<Follow, 'customerId'>, readAt: number): Promise<boolean> {
  const { externalUserId } = await db.getRepository(customers).findOneOrFail({ select: { externalUserId: true }, where: { id: follow.customerId } })
  const telling = { orderKey: `customer:${externalUserId}`, kind: 'customer.mark-tags' }
  return db.getRepository(outbox).existsBy([{ ...telling, state: unfinished }, { ...telling, state: 'done' as const, doneAt: MoreThanOrEqual(readAt) }])
}
