import type { Follow } from './customer.entity.ts'

/** A relation as WeCom shows it now. */
export interface ShownFollow {
  readonly staffId: string
  /** When WeCom says it began, ms; null when it does not say. */
  readonly addedAt: number | null
}

export interface FollowPlan<S extends ShownFollow> {
  /** Relations to open: WeCom shows them and none of ours is in force. */
  readonly open: readonly S[]
  /** Relations in force that WeCom still shows. */
  readonly keep: readonly { readonly follow: Follow; readonly shown: S }[]
  /** Relations in force that WeCom no longer shows. */
  readonly end: readonly Follow[]
}

/** Why a follow ended that WeCom's lists simply no longer held. */
export const notShown = 'not-shown'

/** WeCom's clock and ours may differ. */
export const clockMarginMs = 60_000

/**
 * Compares the follows of one customer with what WeCom shows.
 * One that ended here for a reason of its own stays ended although WeCom still shows it (a handover takes WeCom a day, S30):
 * only a relation that began after that end is a new one. One that ended only because WeCom did not show it opens again when WeCom does.
 * What began about or after `readAt` (ms) cannot be missing in what was read then.
 * `visible` are the staff whom WeCom shows us at all: silence about others says nothing.
 */
export function planFollows<S extends ShownFollow>(known: readonly Follow[], shown: readonly S[], visible: ReadonlySet<string>, readAt = Infinity): FollowPlan<S> {
  const live = known.filter((follow) => follow.endedAt === null)
  // Whoever moves while several pages are read may stand on two of them.
  const once = [...new Map(shown.map((one) => [one.staffId, one])).values()]
  const open = once.filter((one) => !live.some((follow) => follow.staffId === one.staffId) && !endedBefore(known, one))
  const keep = live.flatMap((follow) => {
    const match = shown.find((one) => one.staffId === follow.staffId)
    return match === undefined ? [] : [{ follow, shown: match }]
  })
  const end = live.filter((follow) => follow.beganAt < readAt - clockMarginMs && visible.has(follow.staffId) && !shown.some((one) => one.staffId === follow.staffId))
  return { open, keep, end }
}

function endedBefore(known: readonly Follow[], shown: ShownFollow): boolean {
  const past = known.filter((follow) => follow.staffId === shown.staffId && follow.endedAt !== null && follow.endReason !== notShown)
  if (past.length === 0) return false
  if (shown.addedAt === null) return true
  const addedAt = shown.addedAt
  // WeCom's times have whole seconds: one that began in the second of the former end counts as the new one.
  return past.some((follow) => follow.beganAt === addedAt || (follow.endedAt ?? 0) - 1000 >= addedAt)
}
