import { z } from 'zod'
import type { Caller } from './call.ts'
import { pagesOf } from './paging.ts'
import { integer, text, textOrNull, userid } from './wire.ts'

/** A customer group 客户群, without its members. */
export interface WecomGroup {
  readonly chatId: string
  readonly name: string
  readonly owner: string
  readonly members: number
}

/** How many owners one list takes (WeCom doc path/92120). */
export const mostGroupOwners = 100

const listWire = z.object({ group_chat_list: z.array(z.object({ chat_id: z.string().min(1) })), next_cursor: textOrNull })

const groupWire = z.object({
  group_chat: z.object({ chat_id: z.string().min(1), name: text, owner: userid, member_list: z.array(z.object({ type: integer })) }),
}).transform(({ group_chat: group }): WecomGroup => ({ chatId: group.chat_id, name: group.name, owner: group.owner, members: group.member_list.length }))

/** Customer groups (WeCom doc path/92120, 92122). */
export function groupCalls(call: Caller) {
  return {
    /** Pages of the groups of these owners, at most a hundred; also of those who left. */
    listGroups: (owners: readonly string[]): AsyncGenerator<readonly string[], void> => pagesOf('externalcontact/groupchat/list', async (cursor) => {
      const wire = await call({
        endpoint: 'externalcontact/groupchat/list', body: { status_filter: 0, owner_filter: { userid_list: owners }, limit: 1000, ...(cursor === '' ? {} : { cursor }) }, answer: listWire,
      })
      return { items: wire.group_chat_list.map((one) => one.chat_id), nextCursor: wire.next_cursor }
    }),

    /** One group; for about two seconds after a change as it was before. `gone` (49008, 90501) when it is dissolved or none. */
    getGroup: (chatId: string): Promise<WecomGroup> => call({ endpoint: 'externalcontact/groupchat/get', body: { chat_id: chatId, need_name: 0 }, answer: groupWire }),
  }
}
