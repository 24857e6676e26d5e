import type { WecomErrorKind } from './errcodes.ts'
import type { RateLimit } from './rate-limit.ts'

/**
 * Where tokens and tickets are kept so that several processes share them. The implementation encrypts.
 * `expiresAt` in ms. `drop` removes the entry only if it still holds `value` (compare and delete).
 */
export interface TokenStore {
  read(key: string): Promise<{ readonly value: string, readonly expiresAt: number } | null>
  write(key: string, value: string, expiresAt: number): Promise<void>
  drop(key: string, value: string): Promise<void>
}

export interface WecomLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  info(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** How one HTTP attempt ended, for metrics. */
export type CallOutcome = 'ok' | 'unreachable' | WecomErrorKind

/** Monotonic time, waiting and chance; replaced in tests. Milliseconds. */
export interface Timers {
  now(): number
  sleep(ms: number): Promise<void>
  random(): number
}

export const realTimers: Timers = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => { setTimeout(resolve, ms) }),
  random: () => Math.random(),
}

export interface WecomClientOptions {
  /** Origin of the API, without `/cgi-bin`. */
  readonly apiBase: string
  readonly corpId: string
  readonly agentId: number
  /** `contact` is the secret of the directory sync assistant (通讯录同步), only needed for `listUserIds`. */
  readonly secrets: { readonly app: string, readonly contact?: string | undefined }
  readonly tokens: TokenStore
  /** Wall clock in ms, for the expiry of tokens. */
  readonly clock: () => number
  /** How long one HTTP attempt may take altogether; 5000 by default, uploads four times as long. */
  readonly timeoutMs?: number | undefined
  readonly log: WecomLog
  readonly onCall?: ((endpoint: string, outcome: CallOutcome, ms: number) => void) | undefined
  /** Overrides by endpoint, such as `externalcontact/get`; per process. */
  readonly limits?: Readonly<Record<string, Partial<RateLimit>>> | undefined
  readonly timers?: Timers | undefined
}
