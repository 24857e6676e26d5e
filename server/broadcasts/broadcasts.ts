import { broadcastApprovalKind } from './broadcast-approval.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { rulesApprovalKind } from './rules/rules-approval.ts'
import { broadcastSource } from './outreach-source.ts'

/** Broadcasts of this process. */
export type Broadcasts = BroadcastOptions

/** Registers with approvals and with outreach; once at start. */
export function createBroadcasts(options: BroadcastOptions): Broadcasts {
  options.approvals.register(broadcastApprovalKind(options))
  options.approvals.register(rulesApprovalKind(options))
  options.ports.outreach.register(broadcastSource(options))
  return options
}
