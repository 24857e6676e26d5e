import type { Company } from '../company/generate.ts'
import { randomText } from './ids.ts'
import type { SimulatorOptions } from './options.ts'
import type {
  AppMessageRecord, BroadcastRecord, ChatLine, ContactWayRecord, CustomerRecord, InterceptRuleRecord, DepartmentRecord, FollowRecord, GroupRecord, KfAccountRecord, MediaRecord,
  OauthCodeRecord, ResponseCodeRecord, StaffRecord, StaffTagRecord, TagGroupRecord, TransferRecord, UnassignedRecord, WelcomeRecord,
} from './records.ts'

/** The id of the customer service account that every simulated company has. */
export const demoKfId = 'wkDEMO0001KKKKKKKKKKKKKKKKKKKKKK'

export interface TokenRecord {
  token: string
  secretKind: SecretKind
  expiresAt: number
}

/** Whose secret: the self-built app's, or the directory sync assistant's. */
export type SecretKind = 'app' | 'contact'

export interface TicketRecord {
  ticket: string
  expiresAt: number
}

/** Everything that the simulated WeCom remembers, in one place. Keys of staff are lower-case userids. */
export interface State {
  readonly staff: Map<string, StaffRecord>
  readonly departments: Map<number, DepartmentRecord>
  readonly staffTags: Map<number, StaffTagRecord>
  readonly customers: Map<string, CustomerRecord>
  /** Customer → (lower-case userid → follow). */
  readonly follows: Map<string, Map<string, FollowRecord>>
  /** Lower-case userid → customers, in the order of adding. */
  readonly customersOf: Map<string, Set<string>>
  readonly unassigned: UnassignedRecord[]
  readonly tagGroups: Map<string, TagGroupRecord>
  readonly contactWays: Map<string, ContactWayRecord>
  readonly welcomes: Map<string, WelcomeRecord>
  readonly transfers: TransferRecord[]
  readonly messages: AppMessageRecord[]
  readonly responseCodes: Map<string, ResponseCodeRecord>
  readonly taskIds: Set<string>
  readonly media: Map<string, MediaRecord>
  readonly chats: Map<string, ChatLine[]>
  readonly kf: Map<string, KfAccountRecord>
  readonly kfTokens: Map<string, { openKfId: string, issuedAt: number }>
  readonly kfCodes: Map<string, { openKfId: string, externalUserId: string, issuedAt: number, used: boolean }>
  readonly oauthCodes: Map<string, OauthCodeRecord>
  readonly userTickets: Map<string, { userid: string, expiresAt: number }>
  readonly tokens: Map<string, TokenRecord>
  readonly tickets: Map<'corp' | 'agent', TicketRecord>
  readonly broadcasts: Map<string, BroadcastRecord>
  readonly groups: Map<string, GroupRecord>
  readonly interceptRules: Map<string, InterceptRuleRecord>
  /** Scans that wait for a member's confirmation, by `userid|customer`. */
  readonly requests: Map<string, { userid: string, externalUserId: string, configId: string }>
  visible: { userids: Set<string>, departmentIds: Set<number> }
  nextLine: number
}

/** The state at the beginning: the company's directory, customers, follows and tags. */
export function createState(options: SimulatorOptions): State {
  const { company } = options
  const state: State = {
    staff: new Map(), departments: new Map(), staffTags: new Map(), customers: new Map(), follows: new Map(), customersOf: new Map(),
    unassigned: [], tagGroups: new Map(), contactWays: new Map(), welcomes: new Map(), transfers: [], messages: [], responseCodes: new Map(),
    taskIds: new Set(), media: new Map(), chats: new Map(), kf: new Map(), kfTokens: new Map(), kfCodes: new Map(), oauthCodes: new Map(),
    userTickets: new Map(), tokens: new Map(), tickets: new Map(), broadcasts: new Map(), groups: new Map(), interceptRules: new Map(), requests: new Map(),
    visible: {
      userids: new Set((options.visible?.userids ?? []).map((userid) => userid.toLowerCase())),
      departmentIds: new Set(options.visible?.departmentIds ?? (options.visible === undefined ? [1] : [])),
    },
    nextLine: 1,
  }
  fillDirectory(state, company)
  fillCustomers(state, company)
  return state
}

function fillDirectory(state: State, company: Company): void {
  for (const department of company.departments) state.departments.set(department.id, { ...department })
  for (const person of company.staff) {
    state.staff.set(person.userid.toLowerCase(), {
      userid: person.userid, name: person.name, departmentIds: [...person.departmentIds], leaderOf: new Set(person.leaderOf),
      position: person.position, status: person.status, contactEnabled: true, leftAt: null,
    })
  }
  const trainers = company.staff.filter((person) => person.role === 'store-manager').map((person) => person.userid)
  state.staffTags.set(1, { tagid: 1, tagname: '内训师', userids: trainers, partyids: [] })
  const servicers = company.staff.filter((person) => person.role === 'service').map((person) => person.userid)
  state.kf.set(demoKfId, { openKfId: demoKfId, name: '客服中心', avatar: 'https://img.example.com/kf/0', servicerUserids: servicers, log: [], sessions: new Map() })
}

function fillCustomers(state: State, company: Company): void {
  for (const group of company.tagGroups) {
    state.tagGroups.set(group.id, {
      id: group.id, name: group.name, order: group.order, createdAt: group.createdAt, deleted: false, creator: 'admin',
      tags: group.tags.map((tag) => ({ ...tag, createdAt: group.createdAt, deleted: false })),
    })
  }
  for (const customer of company.customers) {
    addCustomer(state, customer)
    for (const follow of customer.follows) {
      addFollow(state, {
        userid: follow.userid, externalUserId: customer.externalUserId, createdAt: follow.createtime, remark: follow.remark, description: follow.description,
        remarkCompany: '', remarkMobiles: [], tagIds: new Set(follow.tagIds), addWay: follow.addWay, operUserid: customer.externalUserId,
        ...(follow.state === undefined ? {} : { state: follow.state }), half: false, deletedByCustomer: false,
      })
    }
  }
}

/** Makes a WeChat user known; returns the record. */
export function addCustomer(state: State, customer: Omit<CustomerRecord, 'externalUserId'> & { externalUserId?: string }): CustomerRecord {
  const externalUserId = customer.externalUserId ?? `wm${randomText(30)}`
  const { name, avatar, gender, type, unionid } = customer
  const record: CustomerRecord = { externalUserId, name, avatar, gender, type, ...(unionid === undefined ? {} : { unionid }) }
  state.customers.set(externalUserId, record)
  return record
}

export function addFollow(state: State, follow: FollowRecord): void {
  const key = follow.userid.toLowerCase()
  const followers = state.follows.get(follow.externalUserId) ?? new Map<string, FollowRecord>()
  state.follows.set(follow.externalUserId, followers.set(key, follow))
  const customers = state.customersOf.get(key) ?? new Set<string>()
  state.customersOf.set(key, customers.add(follow.externalUserId))
}

export function removeFollow(state: State, userid: string, externalUserId: string): FollowRecord | undefined {
  const followers = state.follows.get(externalUserId)
  const follow = followers?.get(userid.toLowerCase())
  followers?.delete(userid.toLowerCase())
  state.customersOf.get(userid.toLowerCase())?.delete(externalUserId)
  return follow
}

export function followOf(state: State, userid: string, externalUserId: string): FollowRecord | undefined {
  return state.follows.get(externalUserId)?.get(userid.toLowerCase())
}

/** The lines of one contact chat, made on first use. */
export function chatOf(state: State, userid: string, externalUserId: string): ChatLine[] {
  const key = `${userid.toLowerCase()}|${externalUserId}`
  const lines = state.chats.get(key) ?? []
  state.chats.set(key, lines)
  return lines
}
