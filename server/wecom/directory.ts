import { z } from 'zod'
import type { Caller } from './call.ts'
import { everyItem } from './paging.ts'
import { gender, type Gender, integer, integerOr, listOf, text, textOrNull, userid } from './wire.ts'

export interface WecomDepartment {
  readonly id: number
  readonly name: string
  readonly parentId: number
  /** Larger comes first. */
  readonly order: number
  readonly leaders: readonly string[]
}

export interface WecomStaff {
  /** Lower case. */
  readonly userid: string
  readonly name: string
  readonly alias: string
  readonly position: string
  readonly departments: readonly { readonly id: number, readonly order: number, readonly isLeader: boolean }[]
  readonly mainDepartmentId: number | null
  readonly directLeaders: readonly string[]
  readonly status: 'active' | 'disabled' | 'not-activated' | 'left' | 'unknown'
  /** Apps made after June 2022 never receive these two here. */
  readonly avatar: string | null
  readonly gender: Gender
}

/** The app's own entry; its visible range (可见范围) may name tags, see `getTagMembers`. */
export interface WecomApp {
  readonly agentId: number
  readonly name: string
  readonly closed: boolean
  readonly trustedDomain: string
  readonly visible: { readonly userids: readonly string[], readonly departmentIds: readonly number[], readonly tagIds: readonly number[] }
}

const departmentWire = z.object({
  id: integer, name: text, parentid: integerOr(0), order: integerOr(0), department_leader: listOf(userid),
}).transform((wire): WecomDepartment => ({
  id: wire.id, name: wire.name, parentId: wire.parentid, order: wire.order, leaders: wire.department_leader,
}))

const statusByCode: Readonly<Record<number, WecomStaff['status']>> = { 1: 'active', 2: 'disabled', 4: 'not-activated', 5: 'left' }

const staffWire = z.object({
  userid, name: text, alias: text, position: text,
  department: z.array(integer), order: listOf(integer), is_leader_in_dept: listOf(integer), direct_leader: listOf(userid),
  main_department: integer.nullish(), status: integer.nullish(), avatar: textOrNull, gender,
}).transform((wire): WecomStaff => ({
  userid: wire.userid,
  name: wire.name,
  alias: wire.alias,
  position: wire.position,
  departments: wire.department.map((id, at) => ({ id, order: wire.order[at] ?? 0, isLeader: wire.is_leader_in_dept[at] === 1 })),
  mainDepartmentId: wire.main_department ?? null,
  directLeaders: wire.direct_leader,
  status: statusByCode[wire.status ?? 0] ?? 'unknown',
  avatar: wire.avatar,
  gender: wire.gender,
}))

const appWire = z.object({
  agentid: integer, name: text, close: integerOr(0), redirect_domain: text,
  allow_userinfos: z.object({ user: listOf(z.object({ userid })) }).nullish(),
  allow_partys: z.object({ partyid: listOf(integer) }).nullish(),
  allow_tags: z.object({ tagid: listOf(integer) }).nullish(),
}).transform((wire): WecomApp => ({
  agentId: wire.agentid,
  name: wire.name,
  closed: wire.close === 1,
  trustedDomain: wire.redirect_domain,
  visible: {
    userids: (wire.allow_userinfos?.user ?? []).map((user) => user.userid),
    departmentIds: wire.allow_partys?.partyid ?? [],
    tagIds: wire.allow_tags?.tagid ?? [],
  },
}))

const idPageWire = z.object({ next_cursor: textOrNull, dept_user: z.array(z.object({ userid, department: integer })) })
const tagMembersWire = z.object({ userlist: listOf(z.object({ userid })), partylist: listOf(integer) })

/** Reads of the directory, inside the app's visible range only (WeCom doc path/90208, 90201, 90196, 90227, 90213, 96067). */
export function directoryCalls(call: Caller, agentId: number) {
  return {
    /** All visible departments; `parentId` of the topmost may name one that is not visible. */
    listDepartments: async (): Promise<readonly WecomDepartment[]> =>
      (await call({ endpoint: 'department/list', answer: z.object({ department: z.array(departmentWire) }) })).department,

    /** The direct members of one department. */
    listStaffOf: async (departmentId: number): Promise<readonly WecomStaff[]> =>
      (await call({
        endpoint: 'user/list', query: { department_id: departmentId }, answer: z.object({ userlist: z.array(staffWire) }),
      })).userlist,

    /** One person; `WecomError` of kind `gone` (60111) if unknown or outside the visible range. */
    getStaff: (id: string): Promise<WecomStaff> => call({ endpoint: 'user/get', query: { userid: id }, answer: staffWire }),

    getApp: (): Promise<WecomApp> => call({ endpoint: 'agent/get', query: { agentid: agentId }, answer: appWire }),

    /** Who and which departments carry a directory tag, as far as visible. */
    getTagMembers: async (tagId: number): Promise<{ readonly userids: readonly string[], readonly departmentIds: readonly number[] }> => {
      const wire = await call({ endpoint: 'tag/get', query: { tagid: tagId }, answer: tagMembersWire })
      return { userids: wire.userlist.map((user) => user.userid), departmentIds: wire.partylist }
    },

    /** One row per person and department of the whole company; only with the secret of the directory sync assistant. */
    listUserIds: (): Promise<{ readonly userid: string, readonly departmentId: number }[]> =>
      everyItem('user/list_id', async (cursor) => {
        const wire = await call({
          endpoint: 'user/list_id', body: { cursor, limit: 10_000 }, credential: 'contact', answer: idPageWire,
        })
        return { items: wire.dept_user.map((row) => ({ userid: row.userid, departmentId: row.department })), nextCursor: wire.next_cursor }
      }),
  }
}
