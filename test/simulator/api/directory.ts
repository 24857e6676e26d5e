import * as z from 'zod'
import { departmentIsVisible, isVisible, requireStaff, subtree } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { page } from '../paging.ts'
import type { DepartmentRecord, StaffRecord } from '../records.ts'
import { cursor, limit, queryInt, userid } from '../schema.ts'

const both = ['app', 'contact'] as const

/** Departments at and below `id` (or all) inside the visible range, larger `order` first. */
function visibleDepartments(core: Core, id: number | undefined): DepartmentRecord[] {
  const { state } = core
  if (id !== undefined && !state.departments.has(id)) throw new WecomFault(60003)
  if (id !== undefined && !departmentIsVisible(state, id)) throw new WecomFault(60011)
  const wanted = id === undefined ? [...state.departments.values()] : subtree(state, id)
  return wanted.filter((department) => departmentIsVisible(state, department.id))
}

function departmentAnswer(core: Core, department: DepartmentRecord) {
  const leaders = visibleStaffList(core).filter((person) => person.leaderOf.has(department.id)).map((person) => person.userid)
  return { id: department.id, name: department.name, name_en: '', department_leader: leaders, parentid: department.parentId, order: department.order }
}

function visibleStaffList(core: Core): StaffRecord[] {
  return [...core.state.staff.values()].filter((person) => isVisible(core.state, person))
}

/** Direct members only, as `fetch_child` is no longer documented. */
function membersOf(core: Core, departmentId: number): StaffRecord[] {
  if (!core.state.departments.has(departmentId)) throw new WecomFault(60003)
  if (!departmentIsVisible(core.state, departmentId)) throw new WecomFault(60011)
  return visibleStaffList(core).filter((person) => person.departmentIds.includes(departmentId))
}

/** One member as apps created after 2022-06-20 see him: no avatar, gender, mobile, mail, address or QR code (WeCom doc path/90196). */
function staffAnswer(core: Core, person: StaffRecord) {
  const main = person.departmentIds[0] ?? 1
  const leader = visibleStaffList(core).find((other) => other.leaderOf.has(main) && other.userid !== person.userid)
  return {
    userid: person.userid,
    name: person.name,
    department: person.departmentIds,
    order: person.departmentIds.map(() => 0),
    position: person.position,
    is_leader_in_dept: person.departmentIds.map((id) => (person.leaderOf.has(id) ? 1 : 0)),
    direct_leader: leader === undefined ? [] : [leader.userid],
    telephone: '',
    alias: '',
    main_department: main,
    extattr: { attrs: [] },
    status: person.status,
    external_position: '',
    external_profile: { external_corp_name: '', external_attr: [] },
    ...(core.options.strict?.legacyApp === true ? sensitiveParts(person) : {}),
  }
}

/** What OAuth with consent, and apps from before the cut, may see of a member. All of it invented. */
export function sensitiveParts(person: StaffRecord) {
  const number = [...person.userid].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10_000_000, 7)
  return {
    mobile: `1990${String(number).padStart(7, '0')}`, gender: '0', email: `${person.userid}@example.com`, biz_mail: `${person.userid}@corp.example.com`,
    avatar: 'https://img.example.com/a/0', thumb_avatar: 'https://img.example.com/a/100', address: '', qr_code: 'https://img.example.com/q/0',
  }
}

const departmentEndpoints = [
  endpoint({
    method: 'GET', path: 'department/list', callers: both, input: z.object({ id: queryInt.optional() }),
    handle: ({ id }, { core, caller }) => ({
      department: visibleDepartments(core, id).map((each) => {
        const { id: departmentId, parentid, order, ...names } = departmentAnswer(core, each)
        return caller === 'contact' ? { id: departmentId, parentid, order } : { id: departmentId, ...names, parentid, order }
      }),
    }),
  }),
  endpoint({
    method: 'GET', path: 'department/simplelist', callers: both, input: z.object({ id: queryInt.optional() }),
    handle: ({ id }, { core }) => ({ department_id: visibleDepartments(core, id).map((each) => ({ id: each.id, parentid: each.parentId, order: each.order })) }),
  }),
  endpoint({
    method: 'GET', path: 'department/get', input: z.object({ id: queryInt }),
    handle: ({ id }, { core }) => {
      const department = visibleDepartments(core, id).find((each) => each.id === id)
      if (department === undefined) throw new WecomFault(60003)
      return { department: departmentAnswer(core, department) }
    },
  }),
]

const userEndpoints = [
  endpoint({
    method: 'GET', path: 'user/get', input: z.object({ userid }),
    handle: (input, { core }) => staffAnswer(core, requireStaff(core.state, input.userid)),
  }),
  endpoint({
    method: 'GET', path: 'user/simplelist', input: z.object({ department_id: queryInt }),
    handle: (input, { core }) => ({
      userlist: membersOf(core, input.department_id).map((person) => ({ userid: person.userid, name: person.name, department: person.departmentIds })),
    }),
  }),
  endpoint({
    method: 'GET', path: 'user/list', input: z.object({ department_id: queryInt }),
    handle: (input, { core }) => ({ userlist: membersOf(core, input.department_id).map((person) => staffAnswer(core, person)) }),
  }),
  /** WeCom doc path/96067: only the directory sync assistant's secret. */
  endpoint({
    method: 'POST', path: 'user/list_id', callers: ['contact'], input: z.object({ cursor, limit: limit(10_000, 10_000) }),
    handle: (input, { core }) => {
      const rows = [...core.state.staff.values()].filter((person) => person.leftAt === null)
        .flatMap((person) => person.departmentIds.map((department) => ({ userid: person.userid, department })))
      const { rows: dept_user, next_cursor } = page(rows, 'list_id', input.cursor, input.limit)
      return { next_cursor, dept_user }
    },
  }),
]

const tagEndpoints = [
  endpoint({
    method: 'GET', path: 'tag/list', input: z.looseObject({}),
    handle: (_input, { core }) => ({ taglist: [...core.state.staffTags.values()].map(({ tagid, tagname }) => ({ tagid, tagname })) }),
  }),
  endpoint({
    method: 'GET', path: 'tag/get', input: z.object({ tagid: queryInt }),
    handle: ({ tagid }, { core }) => {
      const tag = core.state.staffTags.get(tagid)
      if (tag === undefined) throw new WecomFault(40068)
      const people = visibleStaffList(core).filter((person) => tag.userids.includes(person.userid))
      return { tagname: tag.tagname, userlist: people.map(({ userid: id, name }) => ({ userid: id, name })), partylist: tag.partyids }
    },
  }),
]

export const directoryEndpoints = [...departmentEndpoints, ...userEndpoints, ...tagEndpoints]
