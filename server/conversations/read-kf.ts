import type { EntityManager } from 'typeorm'
import { WecomError, type KfMessage, type WecomClient } from '../wecom/index.ts'
import { kfCursors } from './message.entity.ts'

export interface KfBatch {
  /** The cursor from which this was read: it is written only over that one. */
  readonly from: string
  readonly next: string
  readonly messages: readonly KfMessage[]
  readonly more: boolean
}

const pagesAtOnce = 5

/**
 * Reads what came after our cursor, a few pages at most: a huge backlog is taken in several transactions.
 * The event's token works for ten minutes; after that the call goes without it (WeCom doc path/94670).
 */
export async function readKf(wecom: Pick<WecomClient, 'syncKfMessages'>, db: EntityManager, openKfId: string, token: string): Promise<KfBatch> {
  const from = (await db.getRepository(kfCursors).findOneBy({ openKfId }))?.cursor ?? ''
  const messages: KfMessage[] = []
  let next = from
  for (let page = 0; page < pagesAtOnce; page += 1) {
    const answer = await withoutDeadToken((given) => wecom.syncKfMessages(openKfId, next, given), token)
    messages.push(...answer.messages)
    next = answer.nextCursor
    if (!answer.hasMore) return { from, next, messages, more: false }
  }
  return { from, next, messages, more: true }
}

const badToken = 95007

async function withoutDeadToken<T>(read: (token: string | undefined) => Promise<T>, token: string): Promise<T> {
  try {
    return await read(token)
  } catch (error) {
    if (error instanceof WecomError && error.errcode === badToken) return read(undefined)
    throw error
  }
}
