import { createHash, randomBytes } from 'node:crypto'
import { IsNull, LessThan, MoreThan } from 'typeorm'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { staff, type Staff } from '../organization/index.ts'
import { WecomError, type WecomClient } from '../wecom/index.ts'
import { signIns, type Session } from './identity.entity.ts'
import type { Sessions } from './sessions.ts'

const stateLifetimeMs = 10 * 60_000
/** WeCom's answers to a code that is wrong, expired or used. */
const badCode = new Set([40029, 42003, 42022])

export interface SignInOptions {
  readonly database: Database
  readonly sessions: Sessions
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'identify'>
  readonly clock: () => number
}

export interface SignInFlow {
  /** Remembers a sign-in under way: the `state` for WeCom and the secret for the browser's cookie. */
  begin(surface: Session['surface'], returnTo: string): Promise<{ readonly state: string; readonly browser: string }>
  /** Ends it: checks state, browser and code, opens a session. `returnTo` is a path of ours. */
  finish(input: { readonly code: string; readonly state: string; readonly browser: string; readonly userAgent: string; readonly requestId: string }):
    Promise<{ readonly token: string; readonly returnTo: string }>
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Only a path on our own host: `//host` and `/\host` would leave it. */
export function safeReturn(path: string | undefined, fallback: string): string {
  if (path === undefined || path.length > 500 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path)) return fallback
  return path
}

export function createSignIn(options: SignInOptions): SignInFlow {
  const { database, sessions, audit, wecom, clock } = options

  async function takeState(state: string, browser: string): Promise<{ surface: Session['surface']; returnTo: string }> {
    const now = clock()
    const table = database.db.getRepository(signIns)
    const where = { stateHash: hash(state), browserHash: hash(browser), usedAt: IsNull(), createdAt: MoreThan(now - stateLifetimeMs) }
    // Taken by a conditional update: of two that bring the same state, one gets it.
    const taken = await table.update(where, { usedAt: now })
    const row = taken.affected === 1 ? await table.findOneBy({ stateHash: hash(state) }) : null
    if (row === null) throw new ProjectError('session.state_invalid', 400)
    return row
  }

  async function identify(code: string): Promise<Staff> {
    const who = await wecom.identify(code).catch((error: unknown) => {
      if (error instanceof WecomError && badCode.has(error.errcode)) throw new ProjectError('session.code_invalid', 400)
      throw error
    })
    // People of a linked company and customers are not staff of this one.
    if (who.kind !== 'staff') throw new ProjectError('session.not_staff', 403)
    const person = await database.db.getRepository(staff).findOneBy({ userid: who.userid })
    // WeCom names any member of the company, also outside the app's visible range: only whom we know as active may enter.
    if (person === null || person.status !== 'active') throw new ProjectError('session.staff_inactive', 403)
    return person
  }

  return {
    begin: async (surface, returnTo) => {
      const now = clock()
      const state = randomBytes(24).toString('hex')
      const browser = randomBytes(24).toString('base64url')
      const table = database.db.getRepository(signIns)
      await table.delete({ createdAt: LessThan(now - 24 * 60 * 60_000) })
      await table.insert({ stateHash: hash(state), browserHash: hash(browser), surface, returnTo, createdAt: now, usedAt: null })
      return { state, browser }
    },
    finish: async (input) => {
      const { surface, returnTo } = await takeState(input.state, input.browser)
      const person = await identify(input.code)
      const token = await database.transaction(async (work) => {
        // Checked again inside: access may have ended since.
        const present = await work.db.getRepository(staff).findOneBy({ id: person.id, status: 'active' })
        if (present === null) throw new ProjectError('session.staff_inactive', 403)
        await audit.record(work.db, {
          actorKind: 'staff', actorId: person.id, action: 'session.opened', subjectKind: 'staff', subjectId: person.id, outcome: 'done',
          details: { surface }, requestId: input.requestId,
        })
        return sessions.open(work, person.id, surface, input.userAgent)
      })
      return { token, returnTo }
    },
  }
}
