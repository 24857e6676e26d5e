import { z } from 'zod'
import type { ErrorCode } from '../error-codes.ts'
import type { Operation } from '../access/index.ts'

/**
 * What a caller must hold for a route to start at all:
 * an operation; `session` (signed in, about oneself); or `public` with the reason why nobody need sign in.
 */
export type Requirement =
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'session'; readonly why: string }
  | { readonly kind: 'public'; readonly why: string }

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** One route: who may, what goes in, what comes out, how it fails. The same object serves the server and the screens. */
export interface Contract<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Returns extends z.ZodType = z.ZodType,
> {
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly needs: Requirement
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly returns: Returns
  readonly fails: readonly ErrorCode[]
  /** The answer may be shown this once only: whoever repeats the request with its `Idempotency-Key` learns that it was done. */
  readonly showsOnce: boolean
}

const nothing = z.object({}).strict()
export type Nothing = typeof nothing

interface ContractInput<P, Q, B, R> {
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly needs: Requirement
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly returns: R
  readonly fails?: readonly ErrorCode[]
  readonly showsOnce?: boolean
}

/** Declares a route. A part that is not given accepts nothing. */
export function contract<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(input: ContractInput<P, Q, B, R>): Contract<P, Q, B, R>
export function contract(input: ContractInput<z.ZodType, z.ZodType, z.ZodType, z.ZodType>): Contract {
  return {
    method: input.method,
    path: input.path,
    summary: input.summary,
    needs: input.needs,
    params: input.params ?? nothing,
    query: input.query ?? nothing,
    body: input.body ?? nothing,
    returns: input.returns,
    fails: input.fails ?? [],
    showsOnce: input.showsOnce ?? false,
  }
}

export const needsOperation = (operation: Operation): Requirement => ({ kind: 'operation', operation })
export const needsSession = (why: string): Requirement => ({ kind: 'session', why })
export const needsNothing = (why: string): Requirement => ({ kind: 'public', why })

/** The body of every error answer. */
export const ErrorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
    requestId: z.string(),
  }),
})
export type ErrorBody = z.infer<typeof ErrorBody>
