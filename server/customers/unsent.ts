import { In, type EntityManager } from 'typeorm'
import { outbox } from '../jobs/jobs.entity.ts'
import { customers, type Follow } from './customer.entity.ts'

/*
 * What was changed here and WeCom has not been told yet. A reading of WeCom is older than such a change and must not undo it:
 * WeCom sends no callback for what is set through its API, so nothing would bring it back before the nightly reading.
 */

const unfinished = In(['new', 'running'])

/** The effect that tells WeCom the remark of one follow; wanted once, however often the remark changes meanwhile. */
export const remarkKey = (followId: string): string => `customer.remark:${followId}`

export function isRemarkUnsent(db: EntityManager, followId: string): Promise<boolean> {
  const key = remarkKey(followId)
  return db.getRepository(outbox).existsBy({ uniqueKey: In([key, `${key}+`]), state: unfinished })
}

export async function areTagsUnsent(db: EntityManager, follow: Pick<Follow, 'customerId'>): Promise<boolean> {
  const { externalUserId } = await db.getRepository(customers).findOneOrFail({ select: { externalUserId: true }, where: { id: follow.customerId } })
  return db.getRepository(outbox).existsBy({ orderKey: `customer:${externalUserId}`, kind: 'customer.mark-tags', state: unfinished })
}
