import { usersOf } from '../api/contact-way.ts'
import { customerEvent } from '../callbacks/events.ts'
import { say } from '../core.ts'
import type { Core } from '../core.ts'
import { randomText } from '../ids.ts'
import type { ContactWayRecord, FollowRecord, StaffRecord } from '../records.ts'
import { addCustomer, addFollow, chatOf, followOf, removeFollow } from '../state.ts'

/** A known customer, or somebody whom WeCom has never seen. */
export type Who =
  | { readonly externalUserId: string }
  | { readonly newCustomer: { readonly name: string, readonly gender?: 0 | 1 | 2 } }

export type Scan = Who & ({ readonly state: string } | { readonly configId: string })

export interface ScanResult {
  readonly externalUserId: string
  readonly userid: string
  /** `already`: they are friends, and nothing at all happens; `requested`: the member has to confirm. */
  readonly outcome: 'added' | 'already' | 'requested'
  readonly welcomeCode: string | null
}

export function staffNamed(core: Core, userid: string): StaffRecord {
  const person = core.state.staff.get(userid.toLowerCase())
  if (person === undefined) throw new Error(`no staff member ${userid}`)
  return person
}

/** The customer's id; a new one is made known first. */
export function resolveWho(core: Core, who: Who): string {
  if ('externalUserId' in who) {
    if (!core.state.customers.has(who.externalUserId)) throw new Error(`no customer ${who.externalUserId}`)
    return who.externalUserId
  }
  const { name, gender = 0 } = who.newCustomer
  return addCustomer(core.state, { name, gender, type: 1, avatar: 'https://img.example.com/new/0', unionid: `o${randomText(27)}` }).externalUserId
}

function wayOf(core: Core, scan: Scan): ContactWayRecord {
  const ways = [...core.state.contactWays.values()]
  const way = ways.find((each) => ('configId' in scan ? each.configId === scan.configId : each.state === scan.state))
  if (way === undefined) throw new Error('no such contact way')
  return way
}

function befriend(core: Core, follow: Pick<FollowRecord, 'userid' | 'externalUserId' | 'addWay' | 'operUserid' | 'half'> & { state?: string }): void {
  addFollow(core.state, {
    createdAt: core.now(), remark: '', description: '', remarkCompany: '', remarkMobiles: [], tagIds: new Set(), deletedByCustomer: false, ...follow,
  })
}

function issueWelcome(core: Core, userid: string, externalUserId: string): string {
  const code = `WEL${randomText(40)}`
  core.state.welcomes.set(code, { code, userid, externalUserId, issuedAt: core.now(), state: 'fresh' })
  return code
}

function greet(core: Core, userid: string, externalUserId: string): void {
  say(core, userid, externalUserId, { from: 'system', msgtype: 'text', text: '你们已经是好友，可以开始聊天了' })
}

/** What the customer's and the member's clients can do to each other; each does what WeCom would, callbacks included. */
export function customerControls(core: Core) {
  const { state } = core

  function nextUser(way: ContactWayRecord): StaffRecord {
    const users = usersOf(core, way).map((userid) => staffNamed(core, userid)).filter((person) => person.status === 1 && person.leftAt === null)
    const picked = users[way.scans % Math.max(users.length, 1)]
    if (picked === undefined) throw new Error('nobody is behind this contact way any more')
    way.scans += 1
    return picked
  }

  return {
    /** A customer scans a contact way's code. */
    customerScans(scan: Scan): ScanResult {
      const way = wayOf(core, scan)
      const externalUserId = resolveWho(core, scan)
      const friend = usersOf(core, way).find((userid) => isFriend(userid, externalUserId))
      if (friend !== undefined) return { externalUserId, userid: friend, outcome: 'already', welcomeCode: null }
      const { userid } = nextUser(way)
      if (!way.skipVerify) {
        state.requests.set(`${userid}|${externalUserId}`, { userid, externalUserId, configId: way.configId })
        return { externalUserId, userid, outcome: 'requested', welcomeCode: null }
      }
      return { externalUserId, userid, outcome: 'added', welcomeCode: addThrough(way, userid, externalUserId) }
    },

    /** The member confirms a scan of a code with verification. */
    memberAccepts(userid: string, externalUserId: string): ScanResult {
      const request = state.requests.get(`${userid}|${externalUserId}`)
      const way = request === undefined ? undefined : state.contactWays.get(request.configId)
      if (way === undefined) throw new Error('nothing to accept')
      state.requests.delete(`${userid}|${externalUserId}`)
      return { externalUserId, userid, outcome: 'added', welcomeCode: addThrough(way, userid, externalUserId) }
    },

    /** A customer adds the member through a code, but the member has not confirmed yet: no friend so far. */
    addHalf(scan: Scan): ScanResult {
      const way = wayOf(core, scan)
      const externalUserId = resolveWho(core, scan)
      const { userid } = nextUser(way)
      befriend(core, { userid, externalUserId, addWay: 1, operUserid: externalUserId, half: true, state: way.state })
      const welcomeCode = issueWelcome(core, userid, externalUserId)
      customerEvent(core, 'add_half_external_contact', userid, externalUserId, { state: way.state, welcomeCode })
      return { externalUserId, userid, outcome: 'added', welcomeCode }
    },

    /** The member confirms a half-added customer; the half add's welcome code was the only one. */
    completeHalf(userid: string, externalUserId: string): void {
      const follow = requireFollow(userid, externalUserId)
      follow.half = false
      greet(core, userid, externalUserId)
      customerEvent(core, 'add_external_contact', userid, externalUserId, { ...(follow.state === undefined ? {} : { state: follow.state }) })
    },

    /** The member adds somebody by himself (phone search): no state. */
    memberAddsCustomer(userid: string, who: Who): ScanResult {
      const externalUserId = resolveWho(core, who)
      const person = staffNamed(core, userid)
      if (isFriend(userid, externalUserId)) return { externalUserId, userid: person.userid, outcome: 'already', welcomeCode: null }
      befriend(core, { userid: person.userid, externalUserId, addWay: 2, operUserid: person.userid, half: false })
      greet(core, person.userid, externalUserId)
      const welcomeCode = issueWelcome(core, person.userid, externalUserId)
      customerEvent(core, 'add_external_contact', person.userid, externalUserId, { welcomeCode })
      return { externalUserId, userid: person.userid, outcome: 'added', welcomeCode }
    },

    /** The member edits remark or tags in the client; the event carries no difference. */
    memberEditsCustomer(userid: string, externalUserId: string, change: { remark?: string, description?: string, remarkMobiles?: string[], addTags?: string[], removeTags?: string[] }): void {
      const follow = requireFollow(userid, externalUserId)
      follow.remark = change.remark ?? follow.remark
      follow.description = change.description ?? follow.description
      follow.remarkMobiles = change.remarkMobiles ?? follow.remarkMobiles
      for (const id of change.removeTags ?? []) follow.tagIds.delete(id)
      for (const id of change.addTags ?? []) follow.tagIds.add(id)
      customerEvent(core, 'edit_external_contact', follow.userid, externalUserId)
    },

    memberDeletesCustomer(userid: string, externalUserId: string): void {
      const follow = requireFollow(userid, externalUserId)
      removeFollow(state, userid, externalUserId)
      customerEvent(core, 'del_external_contact', follow.userid, externalUserId)
    },

    /** One-way: for the API the relation goes on. */
    customerDeletesMember(userid: string, externalUserId: string): void {
      const follow = requireFollow(userid, externalUserId)
      follow.deletedByCustomer = true
      customerEvent(core, 'del_follow_user', follow.userid, externalUserId)
    },

    /** A line in the contact chat; a self-built app never hears of it. Talking ends the time for a welcome. */
    customerSays(userid: string, externalUserId: string, text: string): void {
      requireFollow(userid, externalUserId)
      for (const welcome of state.welcomes.values()) {
        if (welcome.externalUserId === externalUserId && welcome.userid.toLowerCase() === userid.toLowerCase()) welcome.state = 'done'
      }
      say(core, userid, externalUserId, { from: 'customer', msgtype: 'text', text })
    },

    staffSays(userid: string, externalUserId: string, text: string, msgtype = 'text'): void {
      requireFollow(userid, externalUserId)
      say(core, userid, externalUserId, { from: 'staff', msgtype, text })
    },

    /** The lines of a contact chat, oldest first, with welcome messages and broadcasts. */
    chat: (userid: string, externalUserId: string) => [...chatOf(state, userid, externalUserId)],
  }

  function isFriend(userid: string, externalUserId: string): boolean {
    const follow = followOf(state, userid, externalUserId)
    return follow !== undefined && !follow.half && !follow.deletedByCustomer
  }

  function requireFollow(userid: string, externalUserId: string): FollowRecord {
    const follow = followOf(state, userid, externalUserId)
    if (follow === undefined) throw new Error(`${userid} does not follow ${externalUserId}`)
    return follow
  }

  function addThrough(way: ContactWayRecord, userid: string, externalUserId: string): string {
    befriend(core, { userid, externalUserId, addWay: 1, operUserid: externalUserId, half: false, state: way.state })
    greet(core, userid, externalUserId)
    const welcomeCode = issueWelcome(core, userid, externalUserId)
    customerEvent(core, 'add_external_contact', userid, externalUserId, { state: way.state, welcomeCode })
    return welcomeCode
  }
}
