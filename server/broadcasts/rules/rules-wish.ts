import { z } from 'zod'
import { BroadcastRules } from '#shared/contracts/broadcast-rules'

export const rulesKind = 'broadcast-rules'
/** One wish waits at a time: another one takes its place. */
export const rulesKey = 'broadcast-rules'

export const RulesPayload = z.object({
  /** The version in force when it was asked for; another one since then makes it outdated. */
  base: z.number().int(),
  rules: BroadcastRules,
  editor: z.string(),
  /** The draft from which they come. */
  draftVersion: z.number().int(),
})
export type RulesPayload = z.infer<typeof RulesPayload>
