import { z } from 'zod'
import { gender, type Gender, instantOrNull, integerOr, listOf, text, textOrNull, userid } from './wire.ts'

/** What WeCom knows of the person, the same for all who follow. */
export interface WecomCustomer {
  readonly externalUserId: string
  readonly name: string
  readonly avatar: string | null
  readonly type: 'wechat' | 'wecom' | 'unknown'
  readonly gender: Gender
  readonly unionId: string | null
  readonly position: string | null
  readonly corpName: string | null
  readonly corpFullName: string | null
}

/** One staff member's relation to a customer. */
export interface WecomFollow {
  /** Lower case. */
  readonly userid: string
  readonly remark: string
  readonly description: string
  /** When the relation began, ms. */
  readonly addedAt: number | null
  /** Corp and strategy tags; private tags of the member have no id. */
  readonly tagIds: readonly string[]
  readonly remarkCompany: string
  readonly remarkMobiles: readonly string[]
  readonly addedBy: { readonly kind: 'customer' } | { readonly kind: 'staff', readonly userid: string } | { readonly kind: 'unknown' }
  /** WeCom's number, see WeCom doc path/92114: 1 QR code, 16 acquisition link, 201 shared, 202 assigned … */
  readonly addWay: number
  /** The state of the contact way through which the customer came. */
  readonly state: string | null
}

export interface WecomFollowTag {
  readonly id: string | null
  readonly name: string
  readonly groupName: string
  readonly kind: 'corp' | 'personal' | 'strategy' | 'unknown'
}

/** `externalcontact/get` also names the tags. */
export interface WecomDetailedFollow extends WecomFollow {
  readonly tags: readonly WecomFollowTag[]
}

const typeByCode: Readonly<Record<number, WecomCustomer['type']>> = { 1: 'wechat', 2: 'wecom' }
const tagKindByCode: Readonly<Record<number, WecomFollowTag['kind']>> = { 1: 'corp', 2: 'personal', 3: 'strategy' }

export const customerWire = z.object({
  external_userid: z.string().min(1), name: text, avatar: textOrNull, type: integerOr(0), gender,
  unionid: textOrNull, position: textOrNull, corp_name: textOrNull, corp_full_name: textOrNull,
}).transform((wire): WecomCustomer => ({
  externalUserId: wire.external_userid,
  name: wire.name,
  avatar: wire.avatar,
  type: typeByCode[wire.type] ?? 'unknown',
  gender: wire.gender,
  unionId: wire.unionid,
  position: wire.position,
  corpName: wire.corp_name,
  corpFullName: wire.corp_full_name,
}))

const followFields = {
  userid, remark: text, description: text, createtime: instantOrNull, remark_corp_name: text,
  remark_mobiles: listOf(z.string()), oper_userid: textOrNull, add_way: integerOr(0), state: textOrNull,
}

const tagWire = z.object({ tag_id: textOrNull, tag_name: text, group_name: text, type: integerOr(0) })
  .transform((wire): WecomFollowTag => ({
    id: wire.tag_id, name: wire.tag_name, groupName: wire.group_name, kind: tagKindByCode[wire.type] ?? 'unknown',
  }))

/** `follow_user[]` of `externalcontact/get`: tags as objects. */
export const detailedFollowWire = z.object({ ...followFields, tags: listOf(tagWire) })

/** `follow_info` of `batch/get_by_user`: one object per row, tags as ids. */
export const batchFollowWire = z.object({ ...followFields, tag_id: listOf(z.string()) })

type FollowFields = Omit<z.output<typeof batchFollowWire>, 'tag_id'>

/** `operator` is a userid, or the customer's own id (case-sensitive) if he added the member. */
function addedBy(operator: string | null, externalUserId: string): WecomFollow['addedBy'] {
  if (operator === null) return { kind: 'unknown' }
  return operator === externalUserId ? { kind: 'customer' } : { kind: 'staff', userid: operator.toLowerCase() }
}

/** A follow in our words. */
export function followFrom(wire: FollowFields, tagIds: readonly string[], externalUserId: string): WecomFollow {
  return {
    userid: wire.userid,
    remark: wire.remark,
    description: wire.description,
    addedAt: wire.createtime,
    tagIds,
    remarkCompany: wire.remark_corp_name,
    remarkMobiles: wire.remark_mobiles.filter((mobile) => mobile !== ''),
    addedBy: addedBy(wire.oper_userid, externalUserId),
    addWay: wire.add_way,
    state: wire.state,
  }
}
