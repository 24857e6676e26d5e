import type { Visit } from './visit.ts'

/** What the simulated WeCom remembers. Instants are Unix ms; the wire's seconds are made where answers are written. */
export interface StaffRecord {
  userid: string
  name: string
  departmentIds: number[]
  leaderOf: Set<number>
  position: string
  /** 1 active, 2 disabled, 4 not activated, 5 left. */
  status: number
  /** 客户联系 is switched on for this member. */
  contactEnabled: boolean
  leftAt: number | null
}

export interface DepartmentRecord {
  id: number
  name: string
  parentId: number
  order: number
}

export interface StaffTagRecord {
  tagid: number
  tagname: string
  userids: string[]
  partyids: number[]
}

export interface CustomerRecord {
  externalUserId: string
  name: string
  avatar: string
  gender: number
  type: 1 | 2
  unionid?: string
}

export interface FollowRecord {
  userid: string
  externalUserId: string
  createdAt: number
  remark: string
  description: string
  remarkCompany: string
  remarkMobiles: string[]
  tagIds: Set<string>
  addWay: number
  operUserid: string
  state?: string
  /** Added without the member's confirmation: not yet a friend (84061). */
  half: boolean
  /** The customer deleted the member; for the API the relation goes on. */
  deletedByCustomer: boolean
}

/** A leaver's customer that nobody has taken over. */
export interface UnassignedRecord {
  handoverUserid: string
  externalUserId: string
  leftAt: number
}

export interface TagRecord {
  id: string
  name: string
  order: number
  createdAt: number
  deleted: boolean
}

export interface TagGroupRecord extends TagRecord {
  /** `admin` for groups made in the client; else the agent id. Apps change only their own. */
  creator: string
  tags: TagRecord[]
}

export interface ContactWayRecord {
  configId: string
  type: 1 | 2
  scene: 1 | 2
  style?: number
  remark: string
  skipVerify: boolean
  state: string
  userids: string[]
  partyids: number[]
  isTemp: boolean
  isExclusive: boolean
  markSource: boolean
  createdAt: number
  creator: string
  /** Rotates through the users. */
  scans: number
}

export interface WelcomeRecord {
  code: string
  userid: string
  externalUserId: string
  issuedAt: number
  state: 'fresh' | 'sending' | 'done'
}

export interface TransferRecord {
  handoverUserid: string
  takeoverUserid: string
  externalUserId: string
  resigned: boolean
  startedAt: number
  dueAt: number
  /** 1 done, 2 waiting, 3 refused, 4 takeover full. */
  status: 1 | 2 | 3 | 4
  takeoverAt: number
}

export interface AppMessageRecord {
  msgid: string
  userid: string
  sentAt: number
  msgtype: string
  /** The part named like `msgtype`, as sent or as replaced by a later update. */
  body: Record<string, unknown>
  taskId: string | null
  recalled: boolean
  /** Text on the greyed button once the card was updated. */
  replacedName: string | null
}

export interface ResponseCodeRecord {
  code: string
  msgid: string
  agentId: number
  issuedAt: number
  used: boolean
}

export interface MediaRecord {
  mediaId: string
  type: string
  filename: string
  contentType: string
  bytes: Buffer
  createdAt: number
  /** `upload` and `attachment` ids are not interchangeable. */
  origin: 'upload' | 'attachment'
}

export interface ChatLine {
  id: number
  at: number
  from: 'staff' | 'customer' | 'welcome' | 'broadcast' | 'system'
  msgtype: string
  text: string
}

export interface KfAccountRecord {
  openKfId: string
  name: string
  avatar: string
  servicerUserids: string[]
  log: KfEntry[]
  sessions: Map<string, KfSession>
}

export interface KfEntry {
  seq: number
  at: number
  message: Record<string, unknown>
}

export interface KfSession {
  externalUserId: string
  /** 0 new, 1 bot, 2 pool, 3 with a member, 4 ended. */
  state: number
  servicerUserid: string | null
  lastCustomerAt: number
  sentSince: number
  lines: ChatLine[]
}

export interface OauthCodeRecord {
  code: string
  visit: Visit
  privateInfo: boolean
  issuedAt: number
  used: boolean
}

export interface BroadcastRecord {
  msgid: string
  chatType: 'single' | 'group'
  createdAt: number
  /** The member who made it in WeCom's client or administration; null for the API. */
  creator: string | null
  /** Made by a member for his own customers (个人发表). */
  personal: boolean
  text: string
  attachments: Record<string, unknown>[]
  cancelled: boolean
  remindedAt: number[]
  tasks: BroadcastTask[]
}

export interface BroadcastTask {
  userid: string
  sentAt: number | null
  /** Customers, or in a broadcast to groups their ids. */
  targets: { externalUserId: string, status: 0 | 1 | 2 | 3, sentAt: number | null }[]
}

/** A customer group as its members see it. */
export interface GroupView {
  readonly name: string
  readonly owner: string
  /** Userids, the owner among them. */
  readonly staff: readonly string[]
  readonly customers: readonly string[]
}

export interface GroupRecord {
  readonly chatId: string
  readonly createdAt: number
  changedAt: number
  /** What the API shows for a moment after a change; null: no group. */
  before: GroupView | null
  /** Null once it is dissolved. */
  now: GroupView | null
  memberVersion: string
  lines: string[]
}

/** A rule of words that members may not write to customers. */
export interface InterceptRuleRecord {
  readonly id: string
  name: string
  words: readonly string[]
  semantics: readonly number[]
  /** 1 stops the message, 2 only warns. */
  type: 1 | 2
  readonly userids: Set<string>
  readonly departmentIds: Set<number>
  readonly createdAt: number
  readonly creator: string
  deleted: boolean
}
