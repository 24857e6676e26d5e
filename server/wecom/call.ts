import type { z } from 'zod'
import { busyErrcodes, deadTokenErrcodes, frequencyErrcode } from './errcodes.ts'
import { WecomAnswerUnexpected, WecomError, WecomLimited, WecomUnreachable } from './errors.ts'
import type { CallOutcome, Timers, WecomLog } from './ports.ts'
import type { createPenalties, createRateLimiter } from './rate-limit.ts'
import { repeatRules, type WriteCall } from './repeat-rules.ts'
import type { WireAnswer, WireRequest } from './transport.ts'

export type Credential = 'app' | 'contact'

export interface Call<T> {
  /** Path below `/cgi-bin/`. */
  readonly endpoint: string
  readonly method?: 'GET' | 'POST'
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly form?: FormData
  /** Whose token goes along; `none` for gettoken. */
  readonly credential?: Credential | 'none'
  /** Names the repeat rule; without it the call is a read. */
  readonly write?: WriteCall
  readonly timeoutMs?: number
  /** Asked right before each attempt, after all waiting; when false the request does not leave. For writes whose caller may have lost the right to make them. */
  readonly stillWanted?: (() => boolean) | undefined
  readonly answer: z.ZodType<T>
}

export type Caller = <T>(call: Call<T>) => Promise<T>

export interface CallerParts {
  readonly send: (request: WireRequest) => Promise<WireAnswer>
  readonly limiter: ReturnType<typeof createRateLimiter>
  readonly penalties: ReturnType<typeof createPenalties>
  readonly timers: Timers
  readonly timeoutMs: number
  readonly log: WecomLog
  readonly onCall: (endpoint: string, outcome: CallOutcome, ms: number) => void
  /** The present token; `rejected` is one that WeCom has just refused and that must not come back. */
  readonly tokenFor: (credential: Credential, rejected: string | undefined) => Promise<string>
}

const busyTries = 3
const firstPauseMs = 200
const conflictRetryAfterMs = 2_000

interface Progress {
  busy: number
  waitedForConflict: boolean
  rejectedToken: string | undefined
}

/** Makes one WeCom call with all that the documentation asks for: token, one refetch, back-off, frequency, checked answer. */
export function createCaller(parts: CallerParts): Caller {
  return async (call) => {
    const progress: Progress = { busy: 0, waitedForConflict: false, rejectedToken: undefined }
    for (;;) {
      await admit(parts, call.endpoint)
      const credential = call.credential ?? 'app'
      const token = credential === 'none' ? undefined : await parts.tokenFor(credential, progress.rejectedToken)
      if (call.stillWanted?.() === false) throw new WecomUnreachable(call.endpoint, 'not wanted any more', false)
      const answer = await attempt(parts, call, token)
      if (answer.errcode === 0) {
        parts.penalties.succeeded(call.endpoint)
        return parsed(parts, call, answer)
      }
      const pause = await pauseBeforeRepeat(parts, call, answer.errcode, token, progress)
      if (pause === null) throw refusal(parts, call.endpoint, answer.errcode)
      await parts.timers.sleep(pause)
    }
  }
}

async function admit(parts: CallerParts, endpoint: string): Promise<void> {
  const closedMs = parts.penalties.remaining(endpoint)
  if (closedMs > 0) throw new WecomLimited(endpoint, frequencyErrcode, closedMs)
  const admission = parts.limiter.admit(endpoint)
  if (!admission.admitted) throw new WecomLimited(endpoint, frequencyErrcode, admission.retryAfterMs)
  if (admission.waitMs > 0) await parts.timers.sleep(admission.waitMs)
}

async function attempt(parts: CallerParts, call: Call<unknown>, token: string | undefined): Promise<WireAnswer> {
  const began = parts.timers.now()
  const query: Record<string, string> = token === undefined ? {} : { access_token: token }
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query[name] = String(value)
  }
  try {
    const answer = await parts.send({
      endpoint: call.endpoint,
      method: call.method ?? (call.body === undefined && call.form === undefined ? 'GET' : 'POST'),
      query,
      body: call.body,
      form: call.form,
      timeoutMs: call.timeoutMs ?? parts.timeoutMs,
    })
    const outcome = answer.errcode === 0 ? 'ok' : new WecomError(call.endpoint, answer.errcode).kind
    parts.onCall(call.endpoint, outcome, parts.timers.now() - began)
    return answer
  } catch (error) {
    if (error instanceof WecomUnreachable) {
      parts.onCall(call.endpoint, 'unreachable', parts.timers.now() - began)
      parts.log.warn({ endpoint: call.endpoint, reason: error.reason }, 'wecom unreachable')
    }
    throw error
  }
}

/** How long to wait before the call is made again, or null if it must not be. */
async function pauseBeforeRepeat(
  parts: CallerParts, call: Call<unknown>, errcode: number, token: string | undefined, progress: Progress,
): Promise<number | null> {
  if (deadTokenErrcodes.has(errcode) && token !== undefined && progress.rejectedToken === undefined) {
    progress.rejectedToken = token
    parts.log.info({ endpoint: call.endpoint, errcode }, 'wecom token refused, fetching another')
    return 0
  }
  if (busyErrcodes.has(errcode) && mayRepeat(call)) {
    progress.busy += 1
    if (progress.busy >= busyTries) return null
    return firstPauseMs * 4 ** (progress.busy - 1) * (0.5 + parts.timers.random())
  }
  // concurrent calls collide (45033, 45035): nothing was executed, the other one is done in a moment
  if ((errcode === 45033 || errcode === 45035) && !progress.waitedForConflict) {
    progress.waitedForConflict = true
    return firstPauseMs * (0.5 + parts.timers.random())
  }
  return null
}

/** A busy answer does not prove that nothing happened: only what is safe to repeat is repeated unseen. */
function mayRepeat(call: Call<unknown>): boolean {
  return call.write === undefined || repeatRules[call.write].rule === 'safe'
}

function refusal(parts: CallerParts, endpoint: string, errcode: number): WecomError {
  const error = limitedOr(parts, endpoint, errcode)
  const fields = { endpoint, errcode, kind: error.kind }
  if (error.kind === 'gone' || error.kind === 'refused') parts.log.info(fields, 'wecom refused')
  else parts.log.warn(fields, 'wecom failed')
  return error
}

function limitedOr(parts: CallerParts, endpoint: string, errcode: number): WecomError {
  if (errcode === frequencyErrcode) return new WecomLimited(endpoint, errcode, parts.penalties.close(endpoint))
  const error = new WecomError(endpoint, errcode)
  return error.kind === 'limited' ? new WecomLimited(endpoint, errcode, conflictRetryAfterMs) : error
}

function parsed<T>(parts: CallerParts, call: Call<T>, answer: WireAnswer): T {
  const result = call.answer.safeParse(answer.body)
  if (result.success) return result.data
  const places = result.error.issues.map((issue) => issue.path.join('.'))
  parts.log.warn({ endpoint: call.endpoint, places }, 'wecom answered unexpectedly')
  throw new WecomAnswerUnexpected(call.endpoint, places)
}
