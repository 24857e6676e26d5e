import * as z from 'zod'
import { isVisible, requireFollower, seconds, visibleStaff } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { oneWriter } from '../one-writer.ts'
import { page } from '../paging.ts'
import type { CustomerRecord, FollowRecord } from '../records.ts'
import { chars, cursor, externalUserId, fails, limit, userid } from '../schema.ts'
import { followOf } from '../state.ts'
import { findTag } from './tags.ts'

const followersPerPage = 500

/** Friends of a member: half-added ones are none yet. */
export function friendsOf(core: Core, member: string): FollowRecord[] {
  const ids = [...core.state.customersOf.get(member.toLowerCase()) ?? []]
  return ids.flatMap((id) => followOf(core.state, member, id) ?? []).filter((follow) => !follow.half)
}

/** The follow of a member with his customer, or 84061. */
export function requireFriend(core: Core, member: string, customer: string): FollowRecord {
  requireFollower(core.state, member)
  if (!core.state.customers.has(customer)) throw new WecomFault(40096)
  const follow = followOf(core.state, member, customer)
  if (follow === undefined || follow.half) throw new WecomFault(84061)
  return follow
}

function contactAnswer(customer: CustomerRecord) {
  return {
    external_userid: customer.externalUserId, name: customer.name, type: customer.type, avatar: customer.avatar, gender: customer.gender,
    ...(customer.type === 2 ? { corp_name: '客户公司', corp_full_name: '客户公司有限公司', position: '' } : {}),
    ...(customer.type === 1 && customer.unionid !== undefined ? { unionid: customer.unionid } : {}),
  }
}

function followParts(follow: FollowRecord) {
  return {
    userid: follow.userid, remark: follow.remark, description: follow.description, createtime: seconds(follow.createdAt),
    ...(follow.remarkCompany === '' ? {} : { remark_corp_name: follow.remarkCompany }),
    remark_mobiles: follow.remarkMobiles, oper_userid: follow.operUserid, add_way: follow.addWay,
    ...(follow.state === undefined ? {} : { state: follow.state }),
  }
}

function tagsOf(core: Core, follow: FollowRecord) {
  return [...follow.tagIds].flatMap((id) => {
    const found = findTag(core.state, id)
    return found === undefined || found.tag.deleted ? [] : [{ group_name: found.group.name, tag_name: found.tag.name, tag_id: id, type: 1 }]
  })
}

const readEndpoints = [
  endpoint({
    method: 'GET', path: 'externalcontact/get_follow_user_list', customerApi: true, input: z.looseObject({}),
    handle: (_input, { core }) => ({
      follow_user: [...core.state.staff.values()].filter((person) => isVisible(core.state, person) && person.contactEnabled && person.status === 1).map((person) => person.userid),
    }),
  }),
  /** WeCom doc path/92113: nobody at all is 84061, not an empty list. */
  endpoint({
    method: 'GET', path: 'externalcontact/list', customerApi: true, input: z.object({ userid }),
    handle: (input, { core }) => {
      const person = requireFollower(core.state, input.userid)
      const external_userid = friendsOf(core, person.userid).map((follow) => follow.externalUserId)
      if (external_userid.length === 0) throw new WecomFault(84061)
      return { external_userid }
    },
  }),
  /** WeCom doc path/92114: only visible followers; pages above 500 of them. */
  endpoint({
    method: 'GET', path: 'externalcontact/get', customerApi: true, input: z.object({ external_userid: externalUserId, cursor }),
    handle: (input, { core }) => {
      const customer = core.state.customers.get(input.external_userid)
      if (customer === undefined) throw new WecomFault(40096)
      const follows = [...core.state.follows.get(customer.externalUserId)?.values() ?? []]
      const friends = follows.filter((follow) => !follow.half)
      if (friends.length === 0) throw new WecomFault(84061)
      const seen = friends.filter((follow) => visibleStaff(core.state, follow.userid) !== undefined)
      if (seen.length === 0) throw new WecomFault(40096)
      const { rows, next_cursor } = page(seen, `get ${customer.externalUserId}`, input.cursor, followersPerPage)
      const follow_user = rows.map((follow) => {
        const { userid: id, remark, description, createtime, ...rest } = followParts(follow)
        return { userid: id, remark, description, createtime, tags: tagsOf(core, follow), ...rest }
      })
      return { external_contact: contactAnswer(customer), follow_user, ...(next_cursor === '' ? {} : { next_cursor }) }
    },
  }),
  /** WeCom doc path/92994: one row per member and customer; `follow_info` and `tag_id` here. */
  endpoint({
    method: 'POST', path: 'externalcontact/batch/get_by_user', customerApi: true,
    input: z.object({ userid_list: z.array(z.string()).min(1, '40063').max(100, '40032'), cursor, limit: limit(100, 50) }),
    handle: (input, { core }) => {
      const people = input.userid_list.map((id) => requireFollower(core.state, id))
      const follows = people.flatMap((person) => friendsOf(core, person.userid))
      const { rows, next_cursor } = page(follows, `batch ${input.userid_list.join('|').toLowerCase()}`, input.cursor, input.limit)
      const external_contact_list = rows.flatMap((follow) => {
        const customer = core.state.customers.get(follow.externalUserId)
        const tag_id = tagsOf(core, follow).map((tag) => tag.tag_id)
        return customer === undefined ? [] : [{ external_contact: contactAnswer(customer), follow_info: { ...followParts(follow), tag_id } }]
      })
      return { external_contact_list, next_cursor, fail_info: { unlicensed_userid_list: [] } }
    },
  }),
  /** WeCom doc path/99434. */
  endpoint({
    method: 'POST', path: 'externalcontact/contact_list', customerApi: true, input: z.object({ cursor, limit: limit(1000, 1000) }),
    handle: (input, { core }) => {
      const people = [...core.state.staff.values()].filter((person) => isVisible(core.state, person))
      const rows = people.flatMap((person) => friendsOf(core, person.userid))
      const cut = page(rows, 'contact_list', input.cursor, input.limit)
      const info_list = cut.rows.map((follow) => ({
        is_customer: true, tmp_openid: `TMP${Buffer.from(follow.externalUserId).toString('hex').slice(-28)}`, external_userid: follow.externalUserId,
        follow_userid: follow.userid, add_time: seconds(follow.createdAt),
      }))
      return { info_list, next_cursor: cut.next_cursor }
    },
  }),
]

/** WeCom doc path/92115. A remark changed here makes no callback. */
const remark = endpoint({
  method: 'POST', path: 'externalcontact/remark', customerApi: true,
  input: z.object({
    userid, external_userid: externalUserId, remark: chars(20).optional(), description: chars(150).optional(), remark_company: chars(20).optional(),
    remark_mobiles: z.array(z.string()).optional(), remark_pic_mediaid: z.string().optional(),
  }),
  handle: (input, { core }) => {
    const { remark: text, description, remark_company, remark_mobiles, remark_pic_mediaid } = input
    if ([text, description, remark_company, remark_mobiles, remark_pic_mediaid].every((part) => part === undefined)) throw new WecomFault(40063)
    const follow = requireFriend(core, input.userid, input.external_userid)
    follow.remark = text ?? follow.remark
    follow.description = description ?? follow.description
    if (core.state.customers.get(input.external_userid)?.type === 1) follow.remarkCompany = remark_company ?? follow.remarkCompany
    follow.remarkMobiles = remark_mobiles?.filter((mobile) => mobile !== '') ?? follow.remarkMobiles
    return {}
  },
})

const tagId = z.string(fails(40063, 40068))

/** WeCom doc path/92118; two writes to one pair at once collide. */
const markTag = endpoint({
  method: 'POST', path: 'externalcontact/mark_tag', customerApi: true,
  input: z.object({ userid, external_userid: externalUserId, add_tag: z.array(tagId).max(1000, '41111').default([]), remove_tag: z.array(tagId).max(1000, '41111').default([]) }),
  handle: (input, { core }) => {
    if (input.add_tag.length + input.remove_tag.length === 0) throw new WecomFault(41111)
    const follow = requireFriend(core, input.userid, input.external_userid)
    for (const id of [...input.add_tag, ...input.remove_tag]) {
      const found = findTag(core.state, id)
      if (found === undefined || found.tag.deleted) throw new WecomFault(40068)
    }
    return oneWriter(core, [`mark ${follow.userid}|${follow.externalUserId}`], () => {
      for (const id of input.remove_tag) follow.tagIds.delete(id)
      for (const id of input.add_tag) follow.tagIds.add(id)
      return {}
    })
  },
})

export const externalContactEndpoints = [...readEndpoints, remark, markTag]
