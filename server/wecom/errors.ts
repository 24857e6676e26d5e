import { ProjectError } from '../errors.ts'
import { kindOfErrcode, type WecomErrorKind } from './errcodes.ts'

/**
 * WeCom answered with an errcode. Carries the code and the endpoint, never `errmsg` (it may quote what was sent)
 * and never the request (its address holds the access token).
 */
export class WecomError extends ProjectError {
  readonly endpoint: string
  readonly errcode: number
  readonly kind: WecomErrorKind

  constructor(endpoint: string, errcode: number, kind: WecomErrorKind = kindOfErrcode(errcode)) {
    super('wecom.failed', 502, { errcode })
    this.endpoint = endpoint
    this.errcode = errcode
    this.kind = kind
  }
}

/** Too many calls. Not executed by WeCom; try again after `retryAfterMs`, from the job layer. */
export class WecomLimited extends WecomError {
  readonly retryAfterMs: number

  constructor(endpoint: string, errcode: number, retryAfterMs: number) {
    super(endpoint, errcode, 'limited')
    this.retryAfterMs = Math.ceil(retryAfterMs)
  }
}

/** WeCom reported success with an answer that is not the documented one. `places` are paths, never values. */
export class WecomAnswerUnexpected extends WecomError {
  readonly places: readonly string[]

  constructor(endpoint: string, places: readonly string[]) {
    super(endpoint, 0, 'bug')
    this.places = places
  }
}

/**
 * No verdict from WeCom: connection failed, time-out, HTTP error or an unreadable answer.
 * `mayHaveReached` is false only when the request certainly did not arrive; otherwise a write may have been executed
 * and its repeat rule decides.
 */
export class WecomUnreachable extends ProjectError {
  readonly endpoint: string
  readonly reason: string
  readonly mayHaveReached: boolean

  constructor(endpoint: string, reason: string, mayHaveReached: boolean) {
    super('wecom.unreachable', 503)
    this.endpoint = endpoint
    this.reason = reason
    this.mayHaveReached = mayHaveReached
  }
}

export type MalformedReason =
  | 'size' | 'encoding' | 'xml' | 'doctype' | 'depth' | 'root' | 'encrypt'
  | 'base64' | 'length' | 'padding' | 'receiveid'

/** A callback whose form is wrong. Answered with 400: WeCom itself never sends such a thing. */
export class CallbackMalformed extends ProjectError {
  readonly reason: MalformedReason

  constructor(reason: MalformedReason) {
    super('callback.bad_request', 400, { reason })
    this.reason = reason
  }
}
