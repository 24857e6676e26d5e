import { createHmac, randomBytes } from 'node:crypto'
import { IsNull, MoreThan, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { sessions, type Session } from './identity.entity.ts'

export const idleLimitMs = 12 * 60 * 60_000
/** How long after its sign-in a session counts as fresh, for decisions that need to know that it is the person himself. */
export const freshLimitMs = 10 * 60_000
/** `lastSeenAt` is written at most this often: it only serves the idle limit. */
const seenStepMs = 60_000

export interface Sessions {
  /** Opens a session and returns the token for the cookie; only its hash is kept. */
  open(work: UnitOfWork, staffId: string, surface: Session['surface'], userAgent: string): Promise<string>
  /** The live session of a token, or null. */
  find(db: EntityManager, token: string): Promise<Session | null>
  /** Whether the person signed in within the last ten minutes. */
  isFresh(db: EntityManager, sessionId: string): Promise<boolean>
  list(db: EntityManager, staffId: string): Promise<Session[]>
  /** Ends one session of this person; false if it was none of his or ended already. */
  revoke(db: EntityManager, staffId: string, sessionId: string, reason: string): Promise<boolean>
  /** Ends all sessions of a person, in the transaction that ends his access. */
  revokeAll(db: EntityManager, staffId: string, reason: string): Promise<void>
}

/** Server-side sessions: a random token in the browser, its keyed hash in the database, 12 hours idle. */
export function createSessions(secret: string, clock: () => number): Sessions {
  const hash = (token: string) => createHmac('sha256', secret).update(token).digest('base64url')
  const live = () => ({ revokedAt: IsNull(), lastSeenAt: MoreThan(clock() - idleLimitMs) })
  return {
    open: async (work, staffId, surface, userAgent) => {
      const token = randomBytes(32).toString('base64url')
      const now = clock()
      await work.db.getRepository(sessions).insert({
        id: uuid(), tokenHash: hash(token), staffId, surface, createdAt: now, lastSeenAt: now,
        userAgent: userAgent.slice(0, 255), revokedAt: null, revokeReason: null,
      })
      return token
    },
    find: async (db, token) => {
      const table = db.getRepository(sessions)
      const session = await table.findOneBy({ tokenHash: hash(token), ...live() })
      if (session !== null && clock() - session.lastSeenAt > seenStepMs) await table.update({ id: session.id }, { lastSeenAt: clock() })
      return session
    },
    isFresh: (db, sessionId) => db.getRepository(sessions).existsBy({ id: sessionId, revokedAt: IsNull(), createdAt: MoreThan(clock() - freshLimitMs) }),
    list: (db, staffId) => db.getRepository(sessions).find({ where: { staffId, ...live() }, order: { lastSeenAt: 'DESC' }, take: 100 }),
    revoke: async (db, staffId, sessionId, reason) => {
      const result = await db.getRepository(sessions).update({ id: sessionId, staffId, revokedAt: IsNull() }, { revokedAt: clock(), revokeReason: reason })
      return result.affected === 1
    },
    revokeAll: async (db, staffId, reason) => {
      await db.getRepository(sessions).update({ staffId, revokedAt: IsNull() }, { revokedAt: clock(), revokeReason: reason })
    },
  }
}
