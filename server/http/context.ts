import type { Language } from '#shared/error-codes'
import type { ActorAccess } from '../access/index.ts'

/** Who a session belongs to, as `identity` found it for this request. */
export interface SignedIn {
  readonly sessionId: string
  readonly staffId: string
  readonly userid: string
  readonly name: string
  readonly surface: 'sidebar' | 'console'
}

/** What every handler gets beside its parsed input. */
export interface RouteContext {
  readonly requestId: string
  readonly language: Language
  /** Address of the caller, for limits only. */
  readonly ip: string
}

/** A handler of a route that needs a session or an operation. */
export interface ActorContext extends RouteContext {
  readonly signedIn: SignedIn
  /** The rules in force for this person at this request's epoch. */
  readonly actor: ActorAccess
}
