import { z } from 'zod'

/** WeCom's external_userid. Any spelling is accepted as text: one that names nobody is simply not found. */
export const ExternalUserId = z.string().min(1).max(256)
/** A WeCom userid; compared in lower case. */
export const Userid = z.string().min(1).max(64)
/** Opaque position of a page; bound to the actor and the filter. */
export const Cursor = z.string().min(1).max(600)
export const PageLimit = z.coerce.number().int().min(1).max(100).default(50)
/** Unix milliseconds UTC. */
export const Instant = z.number().int()
export const Fen = z.number().int()
