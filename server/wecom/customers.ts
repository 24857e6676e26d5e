import { z } from 'zod'
import type { Caller } from './call.ts'
import {
  batchFollowWire, customerWire, detailedFollowWire, followFrom, type WecomCustomer, type WecomDetailedFollow, type WecomFollow,
} from './customer-wire.ts'
import { WecomAnswerUnexpected, WecomError } from './errors.ts'
import { pagesOf, type Page } from './paging.ts'
import { nothing, textOrNull, userid } from './wire.ts'

export interface WecomCustomerDetail {
  readonly customer: WecomCustomer
  /** Visible members only. */
  readonly follows: readonly WecomDetailedFollow[]
}

/** One row per staff member and customer. */
export interface WecomFollowRow {
  readonly customer: WecomCustomer
  readonly follow: WecomFollow
}

export interface RemarkChange {
  readonly userid: string
  readonly externalUserId: string
  /** At most 20 characters. */
  readonly remark?: string
  /** At most 150 characters. */
  readonly description?: string
}

export interface TagChange {
  readonly userid: string
  readonly externalUserId: string
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

/** "No external-contact relation"; also the answer for a member who has no customer at all (WeCom doc path/92113). */
const noRelation = 84061
const mostUseridsPerBatch = 100

const detailWire = z.object({ external_contact: customerWire, follow_user: z.array(detailedFollowWire), next_cursor: textOrNull })
const batchWire = z.object({
  external_contact_list: z.array(z.object({ external_contact: customerWire, follow_info: batchFollowWire })),
  next_cursor: textOrNull,
})

async function emptyWithoutRelation<T>(load: Promise<T>, empty: T): Promise<T> {
  try {
    return await load
  } catch (error) {
    if (error instanceof WecomError && error.errcode === noRelation) return empty
    throw error
  }
}

/** Runs tasks with the same key one after the other: parallel marks of one pair answer 45035. */
function oneAtATime() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(task, task)
    last.set(key, turn)
    try {
      return await turn
    } finally {
      if (last.get(key) === turn) last.delete(key)
    }
  }
}

/** Customers and follows (WeCom doc path/92571, 92113, 92114, 92994, 92115, 92118). */
export function customerCalls(call: Caller) {
  const perPair = oneAtATime()

  async function loadDetail(externalUserId: string): Promise<WecomCustomerDetail> {
    let customer: WecomCustomer | null = null
    const follows: WecomDetailedFollow[] = []
    const pages = pagesOf('externalcontact/get', async (cursor) => {
      const wire = await call({
        endpoint: 'externalcontact/get',
        query: { external_userid: externalUserId, cursor: cursor === '' ? undefined : cursor },
        answer: detailWire,
      })
      customer ??= wire.external_contact
      return { items: wire.follow_user, nextCursor: wire.next_cursor }
    })
    for await (const items of pages) {
      for (const wire of items) {
        const tagIds = wire.tags.flatMap((tag) => (tag.id === null ? [] : [tag.id]))
        follows.push({ ...followFrom(wire, tagIds, externalUserId), tags: wire.tags })
      }
    }
    if (customer === null) throw new WecomAnswerUnexpected('externalcontact/get', ['external_contact'])
    return { customer, follows }
  }

  async function loadBatch(userids: readonly string[], cursor: string): Promise<Page<WecomFollowRow>> {
    const wire = await emptyWithoutRelation(call({
      endpoint: 'externalcontact/batch/get_by_user', body: { userid_list: userids, cursor, limit: 100 }, answer: batchWire,
    }), { external_contact_list: [], next_cursor: null })
    const items = wire.external_contact_list.map(({ external_contact: customer, follow_info: follow }): WecomFollowRow => ({
      customer, follow: followFrom(follow, follow.tag_id, customer.externalUserId),
    }))
    return { items, nextCursor: wire.next_cursor }
  }

  return {
    /** Visible members who may have customers. */
    listFollowUsers: async (): Promise<readonly string[]> =>
      (await call({ endpoint: 'externalcontact/get_follow_user_list', answer: z.object({ follow_user: z.array(userid) }) })).follow_user,

    /** The ids of one member's customers; empty if he has none. */
    listCustomersOf: async (staffUserid: string): Promise<readonly string[]> =>
      (await emptyWithoutRelation(call({
        endpoint: 'externalcontact/list', query: { userid: staffUserid }, answer: z.object({ external_userid: z.array(z.string()) }),
      }), { external_userid: [] })).external_userid,

    /** The customer and all visible follows; `WecomError` of kind `gone` (84061, 40096) if nobody visible follows him. */
    getCustomer: loadDetail,

    /** Pages of up to 100 rows over all customers of these members; pages may be empty. */
    async* batchGetByUser(userids: readonly string[]): AsyncGenerator<readonly WecomFollowRow[], void> {
      for (let from = 0; from < userids.length; from += mostUseridsPerBatch) {
        const some = userids.slice(from, from + mostUseridsPerBatch)
        yield* pagesOf('externalcontact/batch/get_by_user', (cursor) => loadBatch(some, cursor))
      }
    },

    /** Sets the remark of this member's own follow; empty text clears. */
    async remark(change: RemarkChange): Promise<void> {
      await call({
        endpoint: 'externalcontact/remark', write: 'customer.remark', answer: nothing,
        body: { userid: change.userid, external_userid: change.externalUserId, remark: change.remark, description: change.description },
      })
    },

    /** Adds and removes corp tags of one follow; without any tag there is nothing to do and no call. */
    async markTag(change: TagChange): Promise<void> {
      const add = change.add ?? []
      const remove = change.remove ?? []
      if (add.length === 0 && remove.length === 0) return
      await perPair(`${change.userid.toLowerCase()}\n${change.externalUserId}`, () => call({
        endpoint: 'externalcontact/mark_tag', write: 'customer.markTag', answer: nothing,
        body: { userid: change.userid, external_userid: change.externalUserId, add_tag: add, remove_tag: remove },
      }))
    },
  }
}
