import type { BroadcastOptions } from './broadcast-options.ts'

/** Broadcasts of this process. */
export type Broadcasts = BroadcastOptions

export function createBroadcasts(options: BroadcastOptions): Broadcasts {
  return options
}
