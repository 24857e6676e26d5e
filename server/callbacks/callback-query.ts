import { ProjectError } from '../errors.ts'

/** What WeCom adds to the address of each callback (WeCom doc path/90930). */
export interface CallbackQuery {
  readonly signature: string
  readonly timestamp: string
  readonly nonce: string
  /** Only in the verification of the address. */
  readonly echo: string | null
}

const longestQuery = 8_192
const names: ReadonlyMap<string, keyof CallbackQuery> = new Map([
  ['msg_signature', 'signature'], ['timestamp', 'timestamp'], ['nonce', 'nonce'], ['echostr', 'echo'],
])

function malformed(place: string): ProjectError {
  return new ProjectError('callback.bad_request', 400, { place })
}

/** The form that WeCom uses for events: nothing to decode, nothing repeated. Everything else takes the long way. */
const usual = /^msg_signature=([0-9a-f]{40})&timestamp=(\d{1,12})&nonce=(\w{1,128})$/

/** Percent signs only: a form decoder would turn the `+` of base64 into a blank. */
function decode(text: string, place: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed(place)
  }
}

/**
 * Reads the query string, decoded once. Signature, timestamp and nonce must each be there exactly once;
 * a repeated one has no defined meaning and is refused.
 */
export function readCallbackQuery(query: string): CallbackQuery {
  const plain = usual.exec(query)
  if (plain !== null) return { signature: plain[1] ?? '', timestamp: plain[2] ?? '', nonce: plain[3] ?? '', echo: null }
  if (query.length > longestQuery) throw malformed('query')
  const found: { -readonly [name in keyof CallbackQuery]?: string } = {}
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    const rawName = equals === -1 ? pair : pair.slice(0, equals)
    const name = names.get(decode(rawName, 'query'))
    if (name === undefined) continue
    if (found[name] !== undefined) throw malformed(name)
    found[name] = equals === -1 ? '' : decode(pair.slice(equals + 1), name)
  }
  const { signature, timestamp, nonce, echo = null } = found
  if (signature === undefined || signature === '') throw malformed('signature')
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) throw malformed('timestamp')
  if (nonce === undefined || nonce === '') throw malformed('nonce')
  return { signature, timestamp, nonce, echo }
}
