import * as z from 'zod'
import { requireFollower, requireStaff, seconds } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { oneWriter } from '../one-writer.ts'
import { page } from '../paging.ts'
import type { StaffRecord } from '../records.ts'
import { chars, cursor, fails, limit } from '../schema.ts'
import { followOf } from '../state.ts'
import { settleDueTransfers } from '../transfers.ts'

const waitMs = 86_400_000
const quarterMs = 90 * 86_400_000
const yearMs = 365 * 86_400_000
const person = z.string(fails(40063, 40003)).min(1, '40003')
const pair = { handover_userid: person, takeover_userid: person }
const customers = z.array(z.string()).min(1, '40063').max(100, '40035')

function requireTakeover(core: Core, handover: string, userid: string): StaffRecord {
  if (handover.toLowerCase() === userid.toLowerCase()) throw new WecomFault(40130)
  const takeover = requireFollower(core.state, userid)
  if (takeover.status !== 1) throw new WecomFault(41054)
  return takeover
}

function start(core: Core, handover: StaffRecord, takeover: StaffRecord, externalUserId: string, resigned: boolean): number {
  const { state } = core
  if (!state.customers.has(externalUserId)) return 40096
  const now = core.now()
  const earlier = state.transfers.filter((each) => each.externalUserId === externalUserId && !each.resigned)
  if (state.transfers.some((each) => each.externalUserId === externalUserId && each.status === 2)) return 40129
  if (resigned) {
    if (!state.unassigned.some((each) => each.externalUserId === externalUserId && each.handoverUserid === handover.userid)) return 40131
  } else {
    if (followOf(state, handover.userid, externalUserId) === undefined) return 40131
    if (earlier.filter((each) => each.status === 1 && now - each.takeoverAt < quarterMs).length >= 2) return 40128
  }
  const cap = core.options.strict?.customersPerMember ?? 20_000
  if ((state.customersOf.get(takeover.userid.toLowerCase())?.size ?? 0) >= cap) return 40099
  state.transfers.push({
    handoverUserid: handover.userid, takeoverUserid: takeover.userid, externalUserId, resigned, startedAt: now, dueAt: now + waitMs, status: 2, takeoverAt: now + waitMs,
  })
  return 0
}

function startAll(core: Core, handover: StaffRecord, takeover: StaffRecord, customerIds: readonly string[], isResigned: boolean) {
  const keys = customerIds.map((id) => `transfer ${handover.userid}|${id}`)
  return oneWriter(core, keys, () => ({
    customer: customerIds.map((external_userid) => ({ external_userid, errcode: start(core, handover, takeover, external_userid, isResigned) })),
  }))
}

/** WeCom doc path/92125: the outer errcode is 0, each customer has his own; it happens 24 h later. */
const onJob = endpoint({
  method: 'POST', path: 'externalcontact/transfer_customer', customerApi: true,
  input: z.object({ ...pair, external_userid: customers, transfer_success_msg: chars(200).optional() }),
  handle: (input, { core }) => {
    const handover = requireStaff(core.state, input.handover_userid)
    const takeover = requireTakeover(core, handover.userid, input.takeover_userid)
    return startAll(core, handover, takeover, input.external_userid, false)
  },
})

/** WeCom doc path/94081: the leaver must have resigned (40097), at most a year ago. */
const resigned = endpoint({
  method: 'POST', path: 'externalcontact/resigned/transfer_customer', customerApi: true,
  input: z.object({ ...pair, external_userid: customers }),
  handle: (input, { core }) => {
    const handover = core.state.staff.get(input.handover_userid.toLowerCase())
    if (handover === undefined) throw new WecomFault(40003)
    if (handover.leftAt === null || core.now() - handover.leftAt > yearMs) throw new WecomFault(40097)
    const takeover = requireTakeover(core, handover.userid, input.takeover_userid)
    return startAll(core, handover, takeover, input.external_userid, true)
  },
})

function result(path: string, ofResigned: boolean) {
  return endpoint({
    method: 'POST', path, customerApi: true, input: z.object({ ...pair, cursor }),
    handle: (input, { core }) => {
      settleDueTransfers(core)
      const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
      const rows = core.state.transfers.filter((each) =>
        each.resigned === ofResigned && same(each.handoverUserid, input.handover_userid) && same(each.takeoverUserid, input.takeover_userid))
      const cut = page(rows, `${path} ${input.handover_userid}|${input.takeover_userid}`, input.cursor, 1000)
      const customer = cut.rows.map((each) => ({
        external_userid: each.externalUserId, status: each.status, takeover_time: each.status >= 3 ? 0 : seconds(each.takeoverAt),
      }))
      return { customer, next_cursor: cut.next_cursor }
    },
  })
}

/** WeCom doc path/92124; the field is really spelled `dimission_time`. */
const unassigned = endpoint({
  method: 'POST', path: 'externalcontact/get_unassigned_list', customerApi: true,
  input: z.object({ page_size: limit(1000, 1000), cursor, page_id: z.number().optional() }),
  handle: (input, { core }) => {
    const { rows, next_cursor } = page(core.state.unassigned, 'unassigned', input.cursor, input.page_size)
    const info = rows.map((each) => ({ handover_userid: each.handoverUserid, external_userid: each.externalUserId, dimission_time: seconds(each.leftAt) }))
    return { info, is_last: next_cursor === '', next_cursor }
  },
})

export const transferEndpoints = [
  onJob, resigned, unassigned, result('externalcontact/transfer_result', false), result('externalcontact/resigned/transfer_result', true),
]
