/** The words of broadcasts that server and screens share. */

export const broadcastStatuses = ['draft', 'waiting', 'scheduled', 'done', 'refused', 'expired', 'outdated', 'canceled'] as const
/** `waiting`: for approval; `scheduled`: approved, leaves from its time on; `refused`, `expired`, `outdated`: can be edited and submitted again. */
export type BroadcastStatus = (typeof broadcastStatuses)[number]

export const senderModes = ['self', 'owners', 'group-owners'] as const
/**
 * `self`: the author sends to those whom he owns or follows; `owners`: each customer is written to by his owner; `group-owners`: not
 * customers but customer groups are written to, each by its owner.
 */
export type SenderMode = (typeof senderModes)[number]

export const exclusionReasons = ['sender-not-allowed', 'asked-not', 'unreachable', 'below-tier', 'below-spend', 'frequency', 'wecom-limit'] as const
/** Why a customer of the audience is not written to. */
export type ExclusionReason = (typeof exclusionReasons)[number]

export const approvalSteps = ['manager', 'lead'] as const
/** `manager`: the author's superiors; `lead`: those of them who publish templates. */
export type ApprovalStep = (typeof approvalSteps)[number]

/** Who is meant: named customers, or those whom all given conditions fit; none: everybody in reach. */
export interface AudienceFilter {
  readonly externalUserIds?: readonly string[] | undefined
  /** Named groups; for `group-owners` only, where beside it only the department narrows. */
  readonly chatIds?: readonly string[] | undefined
  /** At least one of them. */
  readonly tags?: readonly string[] | undefined
  readonly stages?: readonly string[] | undefined
  readonly valueTierAtLeast?: number | undefined
  /** A department; those below count. */
  readonly departmentId?: number | undefined
  /** Unix ms. */
  readonly lastContactFrom?: number | undefined
  readonly lastContactBefore?: number | undefined
}

export const outcomeCells = ['sent', 'leaving', 'unsent', 'notFriend', 'overLimit', 'leftOut'] as const
/** What becomes of a message: `leaving`, handed to WeCom and without a result yet; `unsent`, nobody confirmed it; `leftOut`, a lock held it back. */
export const conversionCells = ['replied', 'visited', 'ordered', 'contracted'] as const
/** What the customer did within the days that count after one that was sent. */
export const resultCells = [...outcomeCells, ...conversionCells] as const
export type ResultCell = (typeof resultCells)[number]

export const resultGroupings = ['staff', 'store', 'template', 'broadcast'] as const
/** By whom or what results are told apart. */
export type ResultGrouping = (typeof resultGroupings)[number]
