import { defineTable, id, instant, key, nullable, primary, word } from '../database/columns.ts'

/** A signed-in browser or webview of a staff member. Only the hash of its token is stored. */
export interface Session {
  id: string
  tokenHash: string
  staffId: string
  surface: 'sidebar' | 'console'
  createdAt: number
  lastSeenAt: number
  userAgent: string
  revokedAt: number | null
  revokeReason: string | null
}

export const sessions = defineTable<Session>('sessions', {
  id: primary(id()),
  tokenHash: key(64),
  staffId: id(),
  surface: key(16),
  createdAt: instant(),
  lastSeenAt: instant(),
  userAgent: word(),
  revokedAt: nullable(instant()),
  revokeReason: nullable(key(32)),
}, [
  { name: 'ux_sessions_token', columns: ['tokenHash'], unique: true },
  { name: 'ix_sessions_staff', columns: ['staffId', 'revokedAt'] },
])

/** A sign-in under way: its `state`, single use, bound to the browser that began it. */
export interface SignIn {
  stateHash: string
  browserHash: string
  surface: 'sidebar' | 'console'
  returnTo: string
  createdAt: number
  usedAt: number | null
}

export const signIns = defineTable<SignIn>('sign_ins', {
  stateHash: primary(key(64)),
  browserHash: key(64),
  surface: key(16),
  returnTo: word(512),
  createdAt: instant(),
  usedAt: nullable(instant()),
}, [
  { name: 'ix_sign_ins_created', columns: ['createdAt'] },
])
