import type { MediaIds } from '../templates/index.ts'
import type { WecomClient } from '../wecom/index.ts'
import type { Core } from './core.ts'
import type { Claim, TaskQueue } from './task-queue.ts'

export type OutreachCalls = Pick<WecomClient,
  'addBroadcast' | 'listBroadcasts' | 'listBroadcastTasks' | 'listBroadcastResults' | 'cancelBroadcast' | 'remindBroadcast' | 'sendMessage' | 'uploadMedia'>

/** What one step of a task is given. It returns when to look again, or null when it has written that itself. */
export interface Step {
  readonly core: Core
  readonly queue: TaskQueue
  readonly wecom: OutreachCalls
  readonly claim: Claim
  readonly media: MediaIds
  /** The claim ended while the step was running. */
  readonly isLost: () => boolean
}
