import * as z from 'zod'
import { seconds, visibleStaff } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { page } from '../paging.ts'
import type { GroupRecord, GroupView } from '../records.ts'
import { cursor, fails } from '../schema.ts'

const usualStaleMs = 2_000
const mostMembers = 1_000

/** What the API shows of a group: for about two seconds after a change still what was before (WeCom doc path/92130). */
export function shownGroup(core: Core, group: GroupRecord): GroupView | null {
  return core.now() - group.changedAt < (core.options.strict?.groupStaleMs ?? usualStaleMs) ? group.before : group.now
}

/** WeCom doc path/92120. Owners who left are listed only when they are asked for by name. */
const list = endpoint({
  method: 'POST', path: 'externalcontact/groupchat/list', customerApi: true,
  input: z.object({
    status_filter: z.literal([0, 1, 2, 3]).default(0), owner_filter: z.object({ userid_list: z.array(z.string()).min(1).max(100, '40032') }).optional(),
    cursor, limit: z.number(fails(40063, 40058)).int().min(1).max(1000),
  }),
  handle: (input, { core }) => {
    const { state } = core
    const asked = input.owner_filter?.userid_list.map((userid) => userid.toLowerCase())
    if (asked === undefined && [...state.staff.values()].filter((person) => visibleStaff(state, person.userid) !== undefined).length > mostMembers) throw new WecomFault(81017)
    const rows = [...state.groups.values()].flatMap((group) => {
      const shown = shownGroup(core, group)
      const owner = shown === null ? undefined : state.staff.get(shown.owner.toLowerCase())
      if (shown === null || owner === undefined) return []
      const status = owner.leftAt === null ? 0 : 1
      const isAsked = asked === undefined ? visibleStaff(state, owner.userid) !== undefined : asked.includes(owner.userid.toLowerCase())
      return isAsked && (input.status_filter === 0 || input.status_filter === status) ? [{ chat_id: group.chatId, status }] : []
    })
    const cut = page(rows, `groups ${input.status_filter} ${asked?.join('|') ?? ''}`, input.cursor, input.limit)
    return { group_chat_list: cut.rows, next_cursor: cut.next_cursor }
  },
})

/** WeCom doc path/92122. */
const get = endpoint({
  method: 'POST', path: 'externalcontact/groupchat/get', customerApi: true,
  input: z.object({ chat_id: z.string(fails(40063, 40058)).min(1), need_name: z.literal([0, 1]).default(0) }),
  handle: (input, { core }) => {
    const group = core.state.groups.get(input.chat_id)
    if (group === undefined) throw new WecomFault(90501)
    const shown = shownGroup(core, group)
    if (shown === null) throw new WecomFault(49008)
    const named = (name: string | undefined) => (input.need_name === 1 ? { name: name ?? '' } : {})
    return {
      group_chat: {
        chat_id: group.chatId, name: shown.name, owner: shown.owner, create_time: seconds(group.createdAt), notice: '',
        member_list: [
          ...shown.staff.map((userid) => ({ userid, type: 1, join_time: seconds(group.createdAt), join_scene: 1, invitor: { userid: shown.owner }, group_nickname: '', ...named(core.state.staff.get(userid.toLowerCase())?.name) })),
          ...shown.customers.map((userid) => ({ userid, type: 2, join_time: seconds(group.createdAt), join_scene: 3, group_nickname: '', ...named(core.state.customers.get(userid)?.name) })),
        ],
        admin_list: [], member_version: group.memberVersion,
      },
    }
  },
})

export const groupEndpoints = [list, get]
