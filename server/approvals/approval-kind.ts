import type { EntityManager } from 'typeorm'
import type { z } from 'zod'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { ApprovalMode, ApprovalReach, ApprovalStatus, DecidedVia, Verdict } from './approval.entity.ts'

/** A request as its kind sees it. */
export interface ApprovalRequest<Payload> {
  readonly id: string
  readonly kind: string
  readonly payload: Payload
  /** What the approval is bound to; compare it in `onApproved` when the thing itself may have changed. */
  readonly contentHash: string
  readonly requesterStaffId: string
  readonly beneficiaryStaffIds: readonly string[]
  readonly departmentId: number | null
  readonly reach: ApprovalReach
  readonly mode: ApprovalMode
  readonly status: ApprovalStatus
  readonly createdAt: number
  readonly expiresAt: number
  readonly closedAt: number | null
  /** Who decided; null while open, and when the clock or the requester did. */
  readonly decidedBy: string | null
  readonly note: string | null
}

/** What people read about a request, on the card and in the console. */
export interface Described {
  /** About 26 characters. */
  readonly title: string
  /** A card shows the first five; labels about 5 characters, values about 30. */
  readonly lines: readonly { readonly label: string, readonly value: string }[]
}

/** One kind of request. Registered once at start by the domain that owns it. */
export interface ApprovalKind<Payload> {
  readonly kind: string
  /** Ids and rule definitions only, never a value of a customer's field. */
  readonly payload: z.ZodType<Payload>
  /** `card`: a tap decides. `console`: the card only opens the console, which asks for a fresh sign-in (policy, export). */
  readonly decideOn: 'card' | 'console'
  /** Who decides; `line` when left out. `company` for what concerns everybody, such as publishing the policy, `marketing` for its leads. */
  reach?(payload: Payload): ApprovalReach
  /**
   * When nobody is left who could decide and the requester holds `system.policy.operate`: true lets it take effect after the
   * waiting period, so that a company with one administrator is not stuck. Otherwise silence opens nothing.
   */
  readonly waitsWhenAlone?: boolean
  /** How long each level has before the next is asked; four hours when left out. */
  readonly patienceMs?: number
  /** When the request ends without a decision; three days when left out. */
  readonly lifetimeMs?: number
  /** Runs outside a transaction. Never a value of a customer's field: cards and messages leave the company's walls. */
  describe(db: EntityManager, request: ApprovalRequest<Payload>): Promise<Described>
  /**
   * Runs in the transaction of the decision; what it throws undoes the decision. Throws `ApprovalOutdated` when what was asked
   * for is not what would be done now: the request is then closed as outdated.
   */
  onApproved(work: UnitOfWork, request: ApprovalRequest<Payload>): Promise<void>
  /** Refused, expired, withdrawn or outdated; in the transaction that closes it. */
  onClosed?(work: UnitOfWork, request: ApprovalRequest<Payload>): Promise<void>
}

export interface AskInput<Payload> {
  readonly kind: string
  readonly payload: Payload
  readonly requesterStaffId: string
  readonly beneficiaryStaffIds: readonly string[]
  /** Whose superiors decide; null: his main department. If it was his own and he has left it, those of his departments at the decision. */
  readonly departmentId: number | null
  /** `first` (default): one decision is enough. `all`: everybody who was asked must agree, one refusal ends it. */
  readonly mode?: ApprovalMode
  /** What the decision is bound to; a digest of the payload when left out. */
  readonly contentHash?: string
  /** The same wish waits once: an open request with this key and hash is returned, one with another hash is withdrawn and replaced. */
  readonly uniqueKey?: string
}

export interface DecideInput {
  readonly requestId: string
  readonly byStaffId: string
  readonly verdict: Verdict
  readonly via: DecidedVia
  readonly note?: string | undefined
}

/** Why somebody may not decide. */
export type NotEligible = 'requester' | 'beneficiary' | 'same-person' | 'inactive' | 'no-right' | 'not-superior' | 'not-asked' | 'console-only'

/** What became of a tap. */
export type Decided =
  /** It decided. */
  | { readonly outcome: 'approved' | 'refused', readonly request: ApprovalRequest<unknown> }
  /** It counts, and others must agree as well. */
  | { readonly outcome: 'recorded', readonly request: ApprovalRequest<unknown> }
  /** The request was over before, is over by the clock, or this person has decided already. */
  | { readonly outcome: 'late', readonly request: ApprovalRequest<unknown> }
  | { readonly outcome: 'not-eligible', readonly reason: NotEligible, readonly request: ApprovalRequest<unknown> }

/** What would be done is no longer what was asked for. */
export class ApprovalOutdated extends ProjectError {
  constructor() {
    super('approval.outdated', 409)
  }
}

/** The same answer for a request that does not exist and one that is not the caller's business. */
export class ApprovalNotFound extends ProjectError {
  constructor() {
    super('approval.not_found', 404)
  }
}
