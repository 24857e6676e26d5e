import { z } from 'zod'

/** Parts of WeCom's answers. Absent and null read as empty where the documentation leaves a field optional. */

/** A userid, compared without case everywhere (WeCom doc path/90195). */
export const userid = z.string().min(1).transform((value) => value.toLowerCase())

/** Text that may be absent. */
export const text = z.string().nullish().transform((value) => value ?? '')

/** Text that is null when absent or empty. */
export const textOrNull = z.string().nullish().transform((value) => (value === undefined || value === null || value === '' ? null : value))

/** An integer that some endpoints write as a string. */
export const integer = z.union([z.number().int(), z.string().regex(/^-?\d{1,15}$/).transform(Number)])

/** An integer that may be absent. */
export const integerOr = (fallback: number) => integer.nullish().transform((value) => value ?? fallback)

/** Seconds on the wire, milliseconds here. */
export const instant = integer.transform((seconds) => seconds * 1000)

/** A moment that may be absent; 0 means "never" on the wire. */
export const instantOrNull = integer.nullish().transform((seconds) => (seconds === undefined || seconds === null || seconds === 0 ? null : seconds * 1000))

/** A list that may be absent. Lists on which deletions rest are required instead: a missing one must not read as "nobody". */
export const listOf = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform((value) => value ?? [])

/** `a|b` or an array of ids, by endpoint. */
export const idList = z.union([z.string(), z.array(z.string())]).nullish()
  .transform((value) => (typeof value === 'string' ? value.split('|').filter((id) => id !== '') : value ?? []))

/** An answer without content. */
export const nothing = z.object({})

/** 0 unknown, 1 male, 2 female; a number for customers, a string for staff. */
export const gender = z.union([z.number(), z.string()]).nullish().transform((value) => {
  if (value === 1 || value === '1') return 'male' as const
  return value === 2 || value === '2' ? 'female' as const : 'unknown' as const
})

export type Gender = 'unknown' | 'male' | 'female'

/** Turns the keys of our request objects into WeCom's (`taskId` → `task_id`), at every depth; values stay. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), snakeKeys(inner)]))
}
