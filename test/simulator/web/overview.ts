import type { FollowRecord } from '../records.ts'
import { chatOf, followOf } from '../state.ts'
import type { Site } from './site.ts'

const shownChats = 60

/** What the page shows: staff by department, the chosen member's chats and app messages, codes, callbacks, faults. */
export function overview(site: Site, query: URLSearchParams) {
  const { core, controls, faults } = site
  const { state } = core
  const userid = query.get('staff') ?? ''
  const customer = query.get('chat') ?? ''
  const roles = new Map(core.options.company.staff.map((person) => [person.userid, person.role]))
  return {
    now: core.now(),
    staff: [...state.staff.values()].map((person) => ({
      userid: person.userid, name: person.name, position: person.position, role: roles.get(person.userid) ?? '', status: person.status, left: person.leftAt !== null,
      department: state.departments.get(person.departmentIds[0] ?? 0)?.name ?? '其他', leads: person.leaderOf.size > 0,
    })),
    chats: chatsOf(site, userid, query.get('find') ?? ''),
    chat: customer === '' ? null : openChat(site, userid, customer),
    messages: userid === '' ? [] : controls.outbox(userid).slice(-20),
    broadcasts: userid === '' ? [] : controls.openBroadcasts(userid),
    requests: [...state.requests.values()].filter((request) => request.userid === userid),
    ways: [...state.contactWays.values()].map((way) => ({
      configId: way.configId, remark: way.remark, state: way.state, users: way.userids, parties: way.partyids.map((id) => state.departments.get(id)?.name ?? id),
    })),
    kf: [...state.kf.values()].map((account) => ({
      openKfId: account.openKfId, name: account.name,
      sessions: [...account.sessions.values()].map((session) => ({
        externalUserId: session.externalUserId, name: state.customers.get(session.externalUserId)?.name ?? '', state: session.state, lines: session.lines.slice(-50),
      })),
    })),
    deliveries: core.callbacks.deliveries.slice(-12).map(({ id, to, outcome, attempts, message }) => ({
      id, to, outcome, attempts: attempts.length, name: eventName(message),
    })),
    callbackFaults: core.callbacks.faults,
    apiFaults: faults.list(),
  }
}

function eventName(message: string): string {
  const part = (name: string): string => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^\\]<]*)`).exec(message)?.[1] ?? ''
  return [part('Event'), part('ChangeType')].filter((each) => each !== '').join('.') || part('MsgType')
}

/** The member's chats, the newest line or follow first. */
function chatsOf(site: Site, userid: string, find: string) {
  const { state } = site.core
  const follows = [...state.customersOf.get(userid.toLowerCase()) ?? []].flatMap((id) => followOf(state, userid, id) ?? [])
  const rows = follows.map((follow) => ({ follow, last: chatOf(state, userid, follow.externalUserId).at(-1), customer: state.customers.get(follow.externalUserId) }))
  return rows
    .filter(({ customer, follow }) => find === '' || (customer?.name ?? '').includes(find) || follow.remark.includes(find))
    .sort((a, b) => lastMoment(b.follow, b.last?.at) - lastMoment(a.follow, a.last?.at))
    .slice(0, shownChats)
    .map(({ follow, last, customer }) => ({
      externalUserId: follow.externalUserId, name: customer?.name ?? '', remark: follow.remark, last: last?.text ?? '', at: lastMoment(follow, last?.at),
      half: follow.half, deleted: follow.deletedByCustomer,
    }))
}

function lastMoment(follow: FollowRecord, lastLineAt: number | undefined): number {
  return Math.max(follow.createdAt, lastLineAt ?? 0)
}

function openChat(site: Site, userid: string, externalUserId: string) {
  const { state } = site.core
  const follow = followOf(state, userid, externalUserId)
  const tags = [...follow?.tagIds ?? []].map((id) => [...state.tagGroups.values()].flatMap((group) => group.tags).find((tag) => tag.id === id)?.name ?? id)
  return {
    externalUserId, name: state.customers.get(externalUserId)?.name ?? '', type: state.customers.get(externalUserId)?.type ?? 1, isFriend: follow !== undefined,
    remark: follow?.remark ?? '', tags, lines: follow === undefined ? [] : chatOf(state, userid, externalUserId).slice(-200),
  }
}
