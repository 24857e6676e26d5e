import { isAscii } from 'node:buffer'
import { CallbackMalformed } from './errors.ts'
import { childOf, childrenOf, readXml, type XmlElement } from './xml.ts'

/** The outer XML of a callback (WeCom doc path/90238). `encrypt` is exactly the text that was signed. */
export interface Envelope {
  readonly encrypt: string
  /** The corp id; unsigned, so only a hint. */
  readonly toUserName?: string
  readonly agentId?: string
}

/** Far above the largest event (a group's full member list); the HTTP layer should refuse more with 413. */
export const maxEnvelopeBytes = 256 * 1024

/** Unusual envelopes take the slow road and are small; this bounds the work that an unsigned body can cause. */
const mostUnusualLength = 64 * 1024

interface Found {
  encrypt?: string
  toUserName?: string
  agentId?: string
}

const opening = '<xml>'
const cdata = '<![CDATA['
const known = [
  { field: 'encrypt', open: '<Encrypt>', close: '</Encrypt>' },
  { field: 'toUserName', open: '<ToUserName>', close: '</ToUserName>' },
  { field: 'agentId', open: '<AgentID>', close: '</AgentID>' },
] as const

/** Text without markup, entity, line break or control character, so that there is nothing to interpret. */
const plainText = /^[ -%'-;=?-~]*$/

function skipBlanks(body: string, from: number): number {
  let at = from
  for (;;) {
    const code = body.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
    at += 1
  }
}

/** The content that begins at `from` and the position behind it; null if it needs interpretation. */
function scanContent(body: string, from: number): { text: string, end: number } | null {
  if (body.startsWith(cdata, from)) {
    const start = from + cdata.length
    const end = body.indexOf(']]>', start)
    return end === -1 ? null : { text: body.slice(start, end), end: end + 3 }
  }
  const end = body.indexOf('<', from)
  if (end === -1) return null
  const text = body.slice(from, end)
  return plainText.test(text) ? { text, end } : null
}

/**
 * The usual envelope in one pass: `<xml>` with each of the three known children at most once, as CDATA or plain text.
 * Null for whatever else, which only the parser may judge.
 */
function scanPlain(body: string): Found | null {
  let at = skipBlanks(body, 0)
  if (!body.startsWith(opening, at)) return null
  at = skipBlanks(body, at + opening.length)
  const found: Found = {}
  while (!body.startsWith('</xml>', at)) {
    const start = at
    const child = known.find(({ open }) => body.startsWith(open, start))
    const content = child === undefined ? null : scanContent(body, start + child.open.length)
    if (child === undefined || content === null || found[child.field] !== undefined) return null
    if (!body.startsWith(child.close, content.end)) return null
    found[child.field] = content.text
    at = skipBlanks(body, content.end + child.close.length)
  }
  return skipBlanks(body, at + '</xml>'.length) === body.length ? found : null
}

function countOf(element: XmlElement, name: string): number {
  return element.children.reduce((sum, child) => sum + countOf(child, name) + (child.name === name ? 1 : 0), 0)
}

/** The same through the real parser: exactly one Encrypt in the whole document, directly under `xml`, holding text only. */
function parseEnvelope(body: string): Found {
  const root = readXml(body, mostUnusualLength)
  if (root.name !== 'xml') throw new CallbackMalformed('root')
  const [encrypt] = childrenOf(root, 'Encrypt')
  if (encrypt === undefined || countOf(root, 'Encrypt') !== 1 || encrypt.children.length > 0) throw new CallbackMalformed('encrypt')
  const toUserName = childOf(root, 'ToUserName')?.text
  const agentId = childOf(root, 'AgentID')?.text
  return {
    encrypt: encrypt.text,
    ...(toUserName === undefined ? {} : { toUserName }),
    ...(agentId === undefined ? {} : { agentId }),
  }
}

function checked(found: Found): Envelope {
  const { encrypt, ...rest } = found
  if (encrypt === undefined || encrypt === '') throw new CallbackMalformed('encrypt')
  return { encrypt, ...rest }
}

function decoded(body: Buffer | string): string {
  if (typeof body === 'string') return body
  if (isAscii(body)) return body.toString('latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new CallbackMalformed('encoding')
  }
}

/**
 * Takes the ciphertext out of a callback's body. Fast for what WeCom sends (about a microsecond), and strict:
 * what the bounded scan does not fully recognise goes to the XML parser, which finds exactly one Encrypt or throws
 * `CallbackMalformed`.
 */
export function scanEnvelope(body: Buffer | string): Envelope {
  if (body.length > maxEnvelopeBytes) throw new CallbackMalformed('size')
  const text = decoded(body)
  return checked(scanPlain(text) ?? parseEnvelope(text))
}

/** The parser's verdict alone, to hold the scan against it. */
export function parseEnvelopeSlowly(body: string): Envelope {
  return checked(parseEnvelope(body))
}
