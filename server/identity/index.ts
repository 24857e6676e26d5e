import type { Context } from 'koa'
import type { Database } from '../database/database.ts'
import type { SignedIn } from '../http/context.ts'
import { staff } from '../organization/index.ts'
import { sessionCookie } from './identity.pages.ts'
import type { Sessions } from './sessions.ts'

export { signInPages, type SignInPages } from './identity.pages.ts'
export { identityRoutes, type IdentityRoutes } from './identity.routes.ts'
export { createSessions, type Sessions } from './sessions.ts'
export { createSignIn, type SignInFlow } from './sign-in.ts'
export { sessions, signIns } from './identity.entity.ts'

/** Finds who stands behind a request: a live session of somebody who is active at this moment. */
export function createSignedInLookup(database: Database, sessions: Sessions): (ctx: Context) => Promise<SignedIn | null> {
  return async (ctx) => {
    const token = ctx.cookies.get(sessionCookie)
    if (token === undefined || token === '') return null
    const session = await sessions.find(database.db, token)
    if (session === null) return null
    const person = await database.db.getRepository(staff).findOneBy({ id: session.staffId, status: 'active' })
    if (person === null) return null
    return { sessionId: session.id, staffId: person.id, userid: person.userid, name: person.name, surface: session.surface }
  }
}
