import { customerEvent, transferFailEvent } from './callbacks/events.ts'
import type { Core } from './core.ts'
import type { TransferRecord } from './records.ts'
import { addFollow, followOf, removeFollow } from './state.ts'

/** WeCom's `add_way` for a customer whom an administrator or a transfer gave. */
const assigned = 202

/** Completes the transfers whose 24 hours are over; their effects are the only API results that make callbacks. */
export function settleDueTransfers(core: Core): number {
  const due = core.state.transfers.filter((each) => each.status === 2 && each.dueAt <= core.now())
  for (const each of due) completeTransfer(core, each)
  return due.length
}

/** The takeover happens: the old follow ends, the new one begins unless both are friends already. */
export function completeTransfer(core: Core, transfer: TransferRecord): void {
  const { handoverUserid, takeoverUserid, externalUserId } = transfer
  transfer.status = 1
  transfer.takeoverAt = core.now()
  if (transfer.resigned) {
    const place = core.state.unassigned.findIndex((each) => each.externalUserId === externalUserId && each.handoverUserid === handoverUserid)
    if (place >= 0) core.state.unassigned.splice(place, 1)
  } else if (removeFollow(core.state, handoverUserid, externalUserId) !== undefined) {
    customerEvent(core, 'del_external_contact', handoverUserid, externalUserId, { source: 'DELETE_BY_TRANSFER' })
  }
  if (followOf(core.state, takeoverUserid, externalUserId) !== undefined) return
  addFollow(core.state, {
    userid: takeoverUserid, externalUserId, createdAt: core.now(), remark: '', description: '', remarkCompany: '', remarkMobiles: [], tagIds: new Set(),
    addWay: assigned, operUserid: takeoverUserid, half: false, deletedByCustomer: false,
  })
  customerEvent(core, 'add_external_contact', takeoverUserid, externalUserId)
}

/** The customer refused, or the new member is full. */
export function failTransfer(core: Core, transfer: TransferRecord, reason: 'customer_refused' | 'customer_limit_exceed'): void {
  transfer.status = reason === 'customer_refused' ? 3 : 4
  transfer.takeoverAt = 0
  transferFailEvent(core, transfer.takeoverUserid, transfer.externalUserId, reason)
}
