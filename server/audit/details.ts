import { Invariant } from '../errors.ts'

export type DetailValue = string | number | boolean
/** Ids, counts, field names: never a value of a customer's field. */
export type AuditDetails = Readonly<Record<string, DetailValue | readonly DetailValue[]>>

const longestText = 200

/** A mainland mobile number, also with country code, blanks or dashes; an international number; a land line. */
const phones = [
  /(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![0-9A-Za-z])/,
  /(?<![0-9A-Za-z])\+\d[\d -]{6,16}\d(?![0-9A-Za-z])/,
  /(?<![0-9A-Za-z])0\d{2,3}-\d{7,8}(?![0-9A-Za-z])/,
]
const email = /[^\s@*]+@[^\s@*]+\.[^\s@.]{2,}/

function looksPersonal(value: DetailValue): boolean {
  if (typeof value === 'boolean') return false
  // full-width digits and signs are the same number to a reader
  const text = String(value).normalize('NFKC')
  return email.test(text) || phones.some((form) => form.test(text))
}

function isRefused(value: DetailValue | readonly DetailValue[]): boolean {
  const parts = typeof value === 'object' ? value : [value]
  return parts.some((part) => looksPersonal(part) || (typeof part === 'string' && part.length > longestText)
    || (typeof part === 'number' && !Number.isFinite(part)))
}

export interface DetailsGuard {
  /** Tests: a value that looks personal is a bug and throws. Otherwise it is dropped and its key reported. */
  readonly strict: boolean
  readonly onDropped: (action: string, keys: readonly string[]) => void
}

/** The details without whatever looks like a phone number, an e-mail address or a text; the names of what was dropped stay. */
export function guardDetails(guard: DetailsGuard, action: string, details: AuditDetails): AuditDetails {
  const refused = Object.keys(details).filter((key) => {
    const value = details[key]
    return value !== undefined && isRefused(value)
  })
  if (refused.length === 0) return details
  if (guard.strict) throw new Invariant(`audit details of ${action} look like personal values: ${refused.join(', ')}`)
  guard.onDropped(action, refused)
  const kept = Object.fromEntries(Object.entries(details).filter(([key]) => !refused.includes(key)))
  return { ...kept, dropped: refused }
}
