import * as z from 'zod'
import { isVisible } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import { followOf } from '../state.ts'
import { fails } from '../schema.ts'
import { sensitiveParts } from './directory.ts'

const codeLifeMs = 300_000
const ticketLifeMs = 1_800_000

/** WeCom doc path/91023: single use, five minutes; members outside the visible range get their userid too. */
const getuserinfo = endpoint({
  method: 'GET',
  path: 'auth/getuserinfo',
  input: z.object({ code: z.string(fails(40029, 40029)).min(1, '40029') }),
  handle: ({ code }, { core }) => {
    const record = core.state.oauthCodes.get(code)
    if (record === undefined || record.used) throw new WecomFault(40029)
    if (core.now() - record.issuedAt > codeLifeMs) throw new WecomFault(42003)
    record.used = true
    const { visit } = record
    if (visit.kind === 'linked') return { userid: visit.userid }
    if (visit.kind === 'outsider') return { openid: visit.openid, ...knownCustomer(core, visit.externalUserId) }
    return { userid: visit.userid, ...(record.privateInfo ? userTicket(core, visit.userid) : {}) }
  },
})

/** A customer of a visible follower is named; anybody else stays an openid. */
function knownCustomer(core: Core, externalUserId: string | undefined): { external_userid?: string } {
  if (externalUserId === undefined) return {}
  const visible = [...core.state.staff.values()].some((person) => isVisible(core.state, person) && followOf(core.state, person.userid, externalUserId) !== undefined)
  return visible ? { external_userid: externalUserId } : {}
}

function userTicket(core: Core, userid: string): { user_ticket?: string } {
  const person = core.state.staff.get(userid.toLowerCase())
  if (person === undefined || !isVisible(core.state, person)) return {}
  const user_ticket = randomText(120)
  core.state.userTickets.set(user_ticket, { userid: person.userid, expiresAt: core.now() + ticketLifeMs })
  return { user_ticket }
}

/** WeCom doc path/95833. */
const getuserdetail = endpoint({
  method: 'POST',
  path: 'auth/getuserdetail',
  input: z.object({ user_ticket: z.string(fails(84015, 84015)).min(1, '84015') }),
  handle: ({ user_ticket }, { core }) => {
    const ticket = core.state.userTickets.get(user_ticket)
    const person = ticket === undefined ? undefined : core.state.staff.get(ticket.userid.toLowerCase())
    if (ticket === undefined || person === undefined) throw new WecomFault(84015)
    if (ticket.expiresAt <= core.now()) throw new WecomFault(84014)
    const { thumb_avatar: _thumb, ...parts } = sensitiveParts(person)
    return { userid: person.userid, ...parts }
  },
})

export const oauthEndpoints = [getuserinfo, getuserdetail]
