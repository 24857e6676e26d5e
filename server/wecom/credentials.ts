import { WecomError } from './errors.ts'
import type { TokenStore, WecomLog } from './ports.ts'

export interface FreshCredential {
  readonly value: string
  readonly lifetimeMs: number
}

interface Kept {
  readonly value: string
  readonly expiresAt: number
}

export interface CredentialParts {
  readonly store: TokenStore
  readonly clock: () => number
  readonly log: WecomLog
}

/** Tokens are given up after this part of their life, so that none dies under way. */
const usableShare = 0.95
const firstRefusalPauseMs = 60_000
const longestRefusalPauseMs = 10 * 60_000

/**
 * Keeps one token or ticket: in memory, in the shared store, and with a single fetch under way however many ask.
 * A wrong secret is not tried again at once: WeCom blocks an address that keeps failing for an hour (WeCom doc path/91039).
 */
export function createCredential(key: string, fetch: () => Promise<FreshCredential>, parts: CredentialParts) {
  let kept: Kept | null = null
  let underWay: Promise<string> | null = null
  let refusal: { error: WecomError, until: number, pauseMs: number } | null = null

  const usable = (entry: Kept | null, rejected: string | undefined): Kept | null =>
    entry !== null && entry.value !== rejected && entry.expiresAt > parts.clock() ? entry : null

  async function stored(): Promise<Kept | null> {
    try {
      return await parts.store.read(key)
    } catch {
      parts.log.warn({ key }, 'token store cannot be read')
      return null
    }
  }

  async function fetchAndKeep(): Promise<string> {
    if (refusal !== null && refusal.until > parts.clock()) throw refusal.error
    const fresh = await fetch().catch((error: unknown) => {
      if (error instanceof WecomError && error.kind === 'auth') {
        const pauseMs = refusal === null ? firstRefusalPauseMs : Math.min(longestRefusalPauseMs, refusal.pauseMs * 2)
        refusal = { error, until: parts.clock() + pauseMs, pauseMs }
      }
      throw error
    })
    refusal = null
    kept = { value: fresh.value, expiresAt: parts.clock() + Math.floor(fresh.lifetimeMs * usableShare) }
    await parts.store.write(key, kept.value, kept.expiresAt).catch(() => {
      parts.log.warn({ key }, 'token store cannot be written')
    })
    return fresh.value
  }

  async function obtain(rejected: string | undefined): Promise<string> {
    const entry = usable(await stored(), rejected)
    if (entry === null) return fetchAndKeep()
    kept = entry
    return entry.value
  }

  function shared(rejected: string | undefined): Promise<string> {
    underWay ??= obtain(rejected).finally(() => { underWay = null })
    return underWay
  }

  return {
    /**
     * The present value. `rejected` is one that WeCom refused: it is dropped from memory and, if it still lies
     * there, from the store, so that a newer one of another process survives.
     */
    async get(rejected?: string): Promise<string> {
      const present = usable(kept, rejected)
      if (present !== null) return present.value
      if (rejected !== undefined) {
        if (kept?.value === rejected) kept = null
        await parts.store.drop(key, rejected).catch(() => {
          parts.log.warn({ key }, 'token store cannot be written')
        })
      }
      const value = await shared(rejected)
      // somebody else's look-up may have begun before the drop and found the rejected one again
      return value === rejected ? shared(rejected) : value
    },
  }
}
