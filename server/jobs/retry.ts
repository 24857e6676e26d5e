import { Invariant, ProjectError } from '../errors.ts'

export interface RetryRules {
  /** Failures after which a row is parked for a person. */
  readonly maxAttempts: number
  /** First pause after a failure, in ms; doubles each time. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** How long an outage of somebody else is waited for before it counts as failure, in ms since the row came. */
  readonly outageMs: number
  readonly random: () => number
}

export const defaultRetryRules: RetryRules = {
  maxAttempts: 8,
  firstPauseMs: 1_000,
  longestPauseMs: 10 * 60_000,
  outageMs: 24 * 3_600_000,
  random: Math.random,
}

const longestOutagePauseMs = 60_000

function numberOf(error: unknown, name: string): number | null {
  if (typeof error !== 'object' || error === null) return null
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

/** How long the failing side asked us to wait, in ms. */
export function retryAfterOf(error: unknown): number | null {
  return numberOf(error, 'retryAfterMs')
}

const outageKinds: ReadonlySet<unknown> = new Set(['transient', 'limited', 'auth'])

/**
 * Whether the failure says nothing about the row: the other side is down, busy or limiting us, or our credentials there
 * need repair. Such a row keeps its place and its attempts, or an hour's outage would park everything.
 */
export function isOutage(error: unknown): boolean {
  if (retryAfterOf(error) !== null) return true
  if (!(error instanceof ProjectError)) return false
  return error.status === 503 || outageKinds.has(Reflect.get(error, 'kind'))
}

/** Whether a failed outside call certainly changed nothing over there. */
export function certainlyNotExecuted(error: unknown): boolean {
  if (retryAfterOf(error) !== null) return true
  return typeof error === 'object' && error !== null && Reflect.get(error, 'mayHaveReached') === false
}

/** Pause after the n-th failure: doubling, capped, with up to 25 % on top so that rows do not return in step. */
export function failurePauseMs(rules: RetryRules, failures: number): number {
  const pause = Math.min(rules.longestPauseMs, rules.firstPauseMs * 2 ** Math.max(0, failures - 1))
  return Math.round(pause * (1 + rules.random() / 4))
}

/** Pause during an outage: a quarter of the time waited so far, at least the first pause, at most a minute. */
export function outagePauseMs(rules: RetryRules, waitedMs: number): number {
  const pause = Math.min(longestOutagePauseMs, Math.max(rules.firstPauseMs, waitedMs / 4))
  return Math.round(pause * (1 + rules.random() / 4))
}

export type Verdict =
  | { readonly next: 'again'; readonly inMs: number; readonly counted: boolean }
  | { readonly next: 'dead' }

/** What becomes of a row after an error. `failures` without this one; `since` is when the row came, in ms. */
export function judge(rules: RetryRules, error: unknown, failures: number, since: number, now: number): Verdict {
  const asked = retryAfterOf(error)
  if (isOutage(error) && now - since < rules.outageMs) {
    return { next: 'again', inMs: Math.max(asked ?? 0, outagePauseMs(rules, now - since)), counted: false }
  }
  if (failures + 1 >= rules.maxAttempts) return { next: 'dead' }
  return { next: 'again', inMs: Math.max(asked ?? 0, failurePauseMs(rules, failures + 1)), counted: true }
}

/** An error for the table and the log: class and code only, because messages of libraries may quote values. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${typeof error}`
  if (error instanceof Invariant) return `Invariant: ${error.message}`.slice(0, 255)
  const code: unknown = Reflect.get(error, 'code')
  const errcode: unknown = error instanceof ProjectError ? error.data['errcode'] ?? error.data['reason'] : undefined
  return [error.name, code, errcode]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(' ')
    .slice(0, 255)
}
