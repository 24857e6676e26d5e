import { defineTable, counter, id, instant, integer, json, key, money, nullable, primary, text, word } from '../database/columns.ts'

/** An external contact of the company. Contact fields are sealed; the row outlives its last follower (T16). */
export interface Customer {
  id: string
  externalUserId: string
  name: string
  /** Lower-cased, for search by name. */
  nameSearch: string
  avatar: string | null
  /** 0 unknown, 1 male, 2 female. */
  gender: number
  /** 1 WeChat, 2 WeCom. */
  type: number
  unionid: string | null
  corpName: string | null
  /** The `state` of the entrance that brought the customer. */
  source: string | null
  addWay: number | null
  /** YYYY-MM-DD in company time. */
  birthday: string | null
  preferences: string[]
  stage: string
  memberLevel: number | null
  /** 1 to 5. */
  valueTier: number | null
  contractState: string | null
  contractAmountFen: number | null
  priceList: string | null
  mobileSealed: string | null
  mobileIndex: string | null
  emailSealed: string | null
  addressSealed: string | null
  ownerStaffId: string | null
  /** The department in which the ownership began; a move of the owner does not change it. */
  ownerDepartmentId: number | null
  /** Set while the customer lies in a pool. */
  poolDepartmentId: number | null
  lastActiveAt: number
  createdAt: number
  updatedAt: number
  version: number
}

export const customers = defineTable<Customer>('customers', {
  id: primary(id()),
  externalUserId: key(64),
  name: word(),
  nameSearch: word(),
  avatar: nullable(word(512)),
  gender: integer(),
  type: integer(),
  unionid: nullable(key(64)),
  corpName: nullable(word()),
  source: nullable(key(64)),
  addWay: nullable(integer()),
  birthday: nullable(key(10)),
  preferences: json(),
  stage: key(32),
  memberLevel: nullable(integer()),
  valueTier: nullable(integer()),
  contractState: nullable(key(32)),
  contractAmountFen: nullable(money()),
  priceList: nullable(word()),
  mobileSealed: nullable(text()),
  mobileIndex: nullable(key(64)),
  emailSealed: nullable(text()),
  addressSealed: nullable(text()),
  ownerStaffId: nullable(id()),
  ownerDepartmentId: nullable(integer()),
  poolDepartmentId: nullable(integer()),
  lastActiveAt: instant(),
  createdAt: instant(),
  updatedAt: instant(),
  version: integer(),
}, [
  { name: 'ux_customers_external', columns: ['externalUserId'], unique: true },
  { name: 'ix_customers_activity', columns: ['lastActiveAt', 'id'] },
  { name: 'ix_customers_owner', columns: ['ownerStaffId', 'lastActiveAt'] },
  { name: 'ix_customers_owner_department', columns: ['ownerDepartmentId'] },
  { name: 'ix_customers_pool', columns: ['poolDepartmentId'] },
  { name: 'ix_customers_mobile', columns: ['mobileIndex'] },
  { name: 'ix_customers_name', columns: ['nameSearch'] },
  { name: 'ix_customers_stage', columns: ['stage', 'lastActiveAt', 'id'] },
])

/** Staff × customer as WeCom reports it, with the department in which it began. Ended ones stay as history. */
export interface Follow {
  id: string
  customerId: string
  staffId: string
  departmentId: number | null
  beganAt: number
  endedAt: number | null
  endReason: string | null
  /** `customerId:staffId` while the follow is in force, else empty: at most one live follow per pair. */
  liveKey: string | null
  remark: string
  description: string
  state: string | null
  addWay: number | null
  /** The customer removed the staff member; WeCom keeps the one-way relation. */
  customerDeletedAt: number | null
}

export const follows = defineTable<Follow>('follows', {
  id: primary(id()),
  customerId: id(),
  staffId: id(),
  departmentId: nullable(integer()),
  beganAt: instant(),
  endedAt: nullable(instant()),
  endReason: nullable(key(32)),
  liveKey: nullable(key(80)),
  remark: word(),
  description: word(600),
  state: nullable(key(64)),
  addWay: nullable(integer()),
  customerDeletedAt: nullable(instant()),
}, [
  { name: 'ux_follows_live', columns: ['liveKey'], unique: true },
  { name: 'ix_follows_customer', columns: ['customerId', 'endedAt', 'staffId', 'departmentId', 'liveKey'] },
  { name: 'ix_follows_staff', columns: ['staffId', 'endedAt'] },
  { name: 'ix_follows_department', columns: ['departmentId', 'endedAt'] },
  { name: 'ix_follows_began', columns: ['beganAt'] },
])

/** Who owned a customer from when to when. The present one is also on the customer. */
export interface Ownership {
  id: string
  customerId: string
  staffId: string
  departmentId: number | null
  beganAt: number
  reason: string
  endedAt: number | null
  endReason: string | null
}

export const ownerships = defineTable<Ownership>('ownerships', {
  id: primary(id()),
  customerId: id(),
  staffId: id(),
  departmentId: nullable(integer()),
  beganAt: instant(),
  reason: key(32),
  endedAt: nullable(instant()),
  endReason: nullable(key(32)),
}, [
  { name: 'ix_ownerships_customer', columns: ['customerId', 'beganAt'] },
])

/** A corp tag of WeCom. */
export interface Tag {
  id: string
  groupId: string
  name: string
  groupName: string
  position: number
  deletedAt: number | null
}

export const tags = defineTable<Tag>('tags', {
  id: primary(key(64)),
  groupId: key(64),
  name: word(),
  groupName: word(),
  position: counter(),
  deletedAt: nullable(instant()),
}, [
  { name: 'ix_tags_group', columns: ['groupId'] },
])

/** A tag on a customer, set through one follow. */
export interface CustomerTag {
  customerId: string
  tagId: string
  followId: string
}

export const customerTags = defineTable<CustomerTag>('customer_tags', {
  customerId: primary(id()),
  tagId: primary(key(64)),
  followId: primary(id()),
}, [
  { name: 'ix_customer_tags_tag', columns: ['tagId', 'customerId'] },
  { name: 'ix_customer_tags_follow', columns: ['followId'] },
])
