import type { ErrorCode } from '#shared/error-codes'

export interface ProjectErrorOptions {
  /** For the log only; never sent to a caller. */
  readonly cause?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * An error that a caller may see: a stable code, an HTTP status, and data without personal content.
 * One place (`http/answer-errors.ts`) turns it into a reply; match on class or code, never on text.
 */
export class ProjectError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly data: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, status: number, data: Readonly<Record<string, unknown>> = {}, options: ProjectErrorOptions = {}) {
    super(code, { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.status = status
    this.data = data
    this.headers = options.headers ?? {}
  }
}

/** The body, query or path does not fit the route's contract. `issues` name places, never values. */
export class RequestInvalid extends ProjectError {
  constructor(issues: readonly string[]) {
    super('request.invalid', 400, { issues })
  }
}

/** The actor lacks the operation; `because` holds ids of grants and restrictions. */
export class AccessDenied extends ProjectError {
  constructor(operation: string, because: readonly string[] = []) {
    super('access.denied', 403, { operation, because })
  }
}

/** The same answer for "does not exist" and "not visible to you" (T02, T05). */
export class CustomerNotFound extends ProjectError {
  constructor() {
    super('customer.not_found', 404)
  }
}

export class RateLimited extends ProjectError {
  constructor(seconds: number) {
    super('request.rate_limited', 429, { seconds }, { headers: { 'retry-after': String(seconds) } })
  }
}

/** A state that the code itself guarantees did not hold: a bug, answered as 500 and reported. */
export class Invariant extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Invariant'
  }
}

/** Narrows away null and undefined where the code guarantees presence. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Invariant(`missing: ${what}`)
  return value
}
