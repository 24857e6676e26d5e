import type { Sealer } from '../../sealing.ts'
import type { WecomClient } from '../../wecom/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'

/** What reading and counting hand-sent broadcasts works with. */
export interface HandOptions extends BroadcastOptions {
  readonly sealer: Sealer
  readonly wecom: Pick<WecomClient, 'listBroadcasts' | 'listBroadcastTasks' | 'listBroadcastResults' | 'sendMessage'>
}

/** Binds the sealed text to its place. */
export const handTextContext = 'hand-broadcast.text'

export const readKind = 'hand-broadcast.read'
export const findingKind = 'hand-broadcast.finding'
