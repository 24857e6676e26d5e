import type { z } from 'zod'
import type { Contract, Method } from '#shared/contracts/contract'

/** A contract as the browser needs it: method and path at run time, the shapes as types only (zod stays on the server). */
export interface Route<C extends Contract> {
  readonly method: Method
  readonly path: string
  /** Never set; carries the type of the contract. */
  readonly contract?: C
}

/** `contract()` widens an absent part to "nothing"; such a part is not asked for. */
type Part<Schema extends z.ZodType> = Exclude<z.input<Schema>, Record<string, never>>
type Parts<C extends Contract> = { params: Part<C['params']>, query: Part<C['query']>, body: Part<C['body']> }

/** What a caller hands in: exactly the parts that the contract declares. */
export type CallInput<C extends Contract> = {
  readonly [Name in keyof Parts<C> as [Parts<C>[Name]] extends [never] ? never : Name]: Parts<C>[Name]
}

export type Answer<C extends Contract> = z.output<C['returns']>

/** Declares one route of the client; `routes.test.ts` holds it equal to the contract of the same name. */
export function route<C extends Contract>(method: Method, path: string): Route<C> {
  return { method, path }
}
