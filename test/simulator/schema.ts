import * as z from 'zod'

/** Errcodes as zod messages: one for "absent", one for everything else. */
export function fails(missing: number, wrong: number): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => String(issue.input === undefined || issue.input === '' ? missing : wrong) }
}

/** Text of at most `max` characters (a Chinese character counts one). */
export function chars(max: number, errcode = 40058): z.ZodString {
  return z.string().refine((text) => [...text].length <= max, String(errcode))
}

/** Text of at most `max` UTF-8 bytes. */
export function bytes(max: number, errcode = 40058): z.ZodString {
  return z.string().refine((text) => Buffer.byteLength(text) <= max, String(errcode))
}

export const userid = z.string(fails(40063, 40003)).min(1, '40003')
export const externalUserId = z.string(fails(41035, 40096)).min(1, '41035')

/** `limit` of a list: outside of 1..max is 40058. */
export function limit(max: number, usual: number): z.ZodDefault<z.ZodNumber> {
  return z.number().int().min(1).max(max).default(usual)
}

export const cursor = z.string().default('')

/** A number in a query string. */
export const queryInt = z.string(fails(40063, 40058)).regex(/^\d+$/, '40058').transform(Number)
