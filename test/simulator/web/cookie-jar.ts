interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly expiresAt: number | null
}

/** The cookies of our server for one signed-in person; the browser never sees them. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>()

  /** Takes one `Set-Cookie` header; a cookie in the past is removed. */
  store(header: string, requestPath: string, now: number): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    if (at <= 0) return
    const options = new Map(attributes.map((each) => {
      const split = each.indexOf('=')
      return split < 0 ? [each.toLowerCase(), ''] as const : [each.slice(0, split).toLowerCase(), each.slice(split + 1)] as const
    }))
    const given = options.get('path') ?? ''
    const path = given.startsWith('/') ? given : requestPath.slice(0, Math.max(1, requestPath.lastIndexOf('/')))
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path, expiresAt: expiry(options, now) }
    const key = `${cookie.name} ${path}`
    if (cookie.expiresAt !== null && cookie.expiresAt <= now) this.#cookies.delete(key)
    else this.#cookies.set(key, cookie)
  }

  /** The `Cookie` header for a request, or undefined; longer paths come first. */
  header(path: string, now: number): string | undefined {
    const fitting = [...this.#cookies.values()].filter((cookie) => covers(cookie.path, path) && (cookie.expiresAt === null || cookie.expiresAt > now))
    const pairs = fitting.sort((a, b) => b.path.length - a.path.length).map((cookie) => `${cookie.name}=${cookie.value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  /** Moves all cookies over, as when a visitor turns out to be a staff member. */
  moveTo(other: CookieJar): void {
    for (const [key, cookie] of this.#cookies) other.#cookies.set(key, cookie)
    this.#cookies.clear()
  }
}

function expiry(options: ReadonlyMap<string, string>, now: number): number | null {
  const age = options.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return now + Number(age) * 1000
  const at = Date.parse(options.get('expires') ?? '')
  return Number.isNaN(at) ? null : at
}

function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}
