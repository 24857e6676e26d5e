import { z } from 'zod'

export const wordsKind = 'words-publish'
/** One wish waits at a time: another one takes its place. */
export const wordsKey = 'words-publish'

export const WordsPayload = z.object({
  /** The version in force when it was asked for; another one since then makes it outdated. */
  base: z.number().int(),
  /** The earlier version that comes back; null: the draft. */
  restores: z.number().int().nullable(),
  note: z.string(),
})
export type WordsPayload = z.infer<typeof WordsPayload>
