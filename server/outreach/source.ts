import type { UnitOfWork } from '../database/database.ts'
import type { BroadcastTarget, MessageAttachment } from '../wecom/index.ts'
import type { RecipientOutcome } from './outreach.entity.ts'

/** Where a media id stands, a file that was uploaded here may be named (`stored:ID`): each call gets an id that lives long enough. */
export type OutreachAttachment = MessageAttachment

/** What one sender is to offer to whom. */
export interface OutreachPart {
  readonly staffId: string
  /** As it will be sent, variables filled; at most 4000 bytes. */
  readonly text: string
  readonly attachments: readonly OutreachAttachment[]
  /** Customers when left out; for groups the sender is their owner. */
  readonly target?: BroadcastTarget
  /** Ids of customers or of groups, any number; tasks take 10,000 or 2000 each. Each stands in one part of a source only. */
  readonly customerIds: readonly string[]
}

/** A task as its source sees it. */
export interface OutreachTask {
  readonly id: string
  readonly source: string
  readonly sourceId: string
  readonly staffId: string
  readonly text: string
  readonly attachments: readonly OutreachAttachment[]
  readonly notBefore: number
}

export interface TaskToCheck extends OutreachTask {
  /** Those who still have no outcome. */
  readonly customerIds: readonly string[]
}

export interface TaskCheck {
  /** Refuses the whole task, with a short reason such as `approval-withdrawn`. */
  readonly refused: string | null
  /** Leaves these out, each with its reason. */
  readonly leftOut: ReadonlyMap<string, string>
}

export interface SettledOutcome {
  readonly customerId: string
  readonly outcome: RecipientOutcome
  /** When it was sent; otherwise when we learned it. */
  readonly at: number
}

/** A domain that causes messages to customers. */
export interface OutreachSource {
  /** At most 32 characters, such as `broadcast`. */
  readonly name: string
  /** The locks once more, in the transaction that writes the intent, which commits before the call. Asks only the database. */
  check(work: UnitOfWork, task: TaskToCheck): Promise<TaskCheck>
  /** In the transaction that stores a result: each recipient once, with its final outcome. Quotas are settled here. */
  settled(work: UnitOfWork, task: OutreachTask, outcomes: readonly SettledOutcome[]): Promise<void>
}

/** Recipients by where they stand. `created`, `confirmed` go on counting what has an outcome; the others stand in one place each. */
export interface OutreachProgress {
  /** Not in WeCom yet. */
  readonly planned: number
  /** Handed to WeCom, whatever became of it. */
  readonly created: number
  /** Their sender confirmed. */
  readonly confirmed: number
  readonly sent: number
  readonly notFriend: number
  readonly overLimit: number
  /** In WeCom, and their sender has not confirmed. */
  readonly unconfirmed: number
  /** Taken back, or confirmed and not delivered. */
  readonly withdrawn: number
  /** Left out or refused before the call. */
  readonly failed: number
  /** Wait for a person. */
  readonly parked: number
}
