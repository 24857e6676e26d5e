/** What a failure means for the person in front of the screen. */
export type FailureKind = 'offline' | 'signedOut' | 'refused' | 'missing' | 'conflict' | 'invalid' | 'server'

interface FailureInput {
  readonly kind: FailureKind
  readonly code: string
  /** In the caller's language, from the server; empty when no server answered. */
  readonly message?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly requestId?: string
}

/** A call that did not give its answer. Recognise it by `kind` or `code`, never by its text. */
export class ApiFailure extends Error {
  readonly kind: FailureKind
  readonly code: string
  readonly data: Readonly<Record<string, unknown>>
  readonly requestId: string

  constructor(input: FailureInput) {
    super(input.message ?? '')
    this.kind = input.kind
    this.code = input.code
    this.data = input.data ?? {}
    this.requestId = input.requestId ?? ''
  }
}

/** An answer that nobody may show any more: the rules changed, or the screen moved on while it was under way. */
export class Superseded extends Error {}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function kindOf(status: number): FailureKind {
  if (status === 401) return 'signedOut'
  if (status === 403) return 'refused'
  if (status === 404) return 'missing'
  if (status === 409) return 'conflict'
  return status >= 400 && status < 500 ? 'invalid' : 'server'
}

/** Reads `{error: {code, message, data, requestId}}`; a body of another shape (a proxy's page) is a server failure. */
export function failureFrom(status: number, body: unknown): ApiFailure {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {}
  return new ApiFailure({
    kind: kindOf(status),
    code: textOf(error.code) || 'internal.unexpected',
    message: textOf(error.message),
    data: isRecord(error.data) ? error.data : {},
    requestId: textOf(error.requestId),
  })
}

/** No server was reached, or it did not answer in time. */
export const unreachable = (): ApiFailure => new ApiFailure({ kind: 'offline', code: 'client.offline' })

/** Whatever was thrown, as a failure that a screen can put into words. */
export function asFailure(thrown: unknown): ApiFailure {
  return thrown instanceof ApiFailure ? thrown : new ApiFailure({ kind: 'server', code: 'client.unexpected' })
}
