import { domainToUnicode } from 'node:url'
import type { HitReason, Severity } from '#shared/screening-words'
import type { Hit } from '../hits.ts'
import { findLinks, type Link } from './find-links.ts'
import { isBelow, resembles, shortHosts } from './hosts.ts'

export interface LinkRules {
  /** Hosts that customers may be sent to, with everything below them. */
  readonly hosts: ReadonlySet<string>
  readonly blockedHosts: ReadonlySet<string>
}

/** A host as it is compared: punycode, lower case. Null: it is none. */
export function hostOf(host: string): string | null {
  try {
    return new URL(`http://${host.trim()}`).hostname.replace(/\.$/, '')
  } catch {
    return null
  }
}

const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host) || host.startsWith('[')
const webSchemes = new Set(['http', 'https'])
const embedded = /(?:https?|hxxps?)(?::|%3a|%253a)(?:\/|%2f|%252f){2}([^/?&#%\s]+)/i

export function checkLinks(text: string, rules: LinkRules): Hit[] {
  return findLinks(text).flatMap((link) => {
    const finding = judge(link, rules)
    return finding === null ? [] : [{ start: link.start, end: link.end, category: 'link', severity: finding.severity, word: finding.word, reason: finding.reason, proposal: null }]
  })
}

interface Finding {
  readonly severity: Severity
  readonly reason: HitReason
  readonly word: string
}

const block = (reason: HitReason, word: string): Finding => ({ severity: 'block', reason, word })

function judge(link: Link, rules: LinkRules): Finding | null {
  if (!webSchemes.has(link.scheme)) return block('link.scheme', link.scheme)
  let url: URL
  try {
    url = new URL(link.address)
  } catch {
    return link.bare ? null : { severity: 'review', reason: 'link.disguised', word: 'link' }
  }
  const host = url.hostname.replace(/\.$/, '')
  if (url.username !== '' || url.password !== '') return block('link.userinfo', host)
  if (isBelow(host, rules.blockedHosts)) return block('link.blocked', host)
  if (isAddress(host)) return link.bare && link.address.endsWith(host) && !link.disguised ? { severity: 'review', reason: 'link.address', word: host } : block('link.address', host)
  const target = redirectOf(url)
  if (target !== null && !isBelow(target, rules.hosts)) return block('link.redirect', target)
  if (isBelow(host, rules.hosts)) return null
  if (isBelow(host, shortHosts)) return block('link.short', host)
  if (resembles(host, rules.hosts) || mixesScripts(host)) return block('link.lookalike', host)
  return link.disguised ? block('link.disguised', host) : { severity: 'review', reason: 'link.unknown', word: host }
}

/** The other host to which a parameter or the path leads on. */
function redirectOf(url: URL): string | null {
  const found = embedded.exec(`${url.pathname}${url.search}${url.hash}`)
  if (found?.[1] !== undefined) return hostOf(found[1])
  for (const value of url.searchParams.values()) {
    const relative = /^\/\/([^/?#]+)/.exec(value)
    if (relative?.[1] !== undefined) return hostOf(relative[1])
  }
  return null
}

/** Latin letters beside Cyrillic or Greek ones: made to be taken for another name. */
function mixesScripts(host: string): boolean {
  if (!host.includes('xn--')) return false
  const shown = domainToUnicode(host)
  return /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(shown)
}
