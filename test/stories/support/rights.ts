import { auditEntries } from '../../../server/audit/audit.entity.ts'
import type { Person, Reply } from '../../support/person.ts'
import { approving } from './approving.ts'
import type { StoryApp } from './story-app.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export const post = (person: Person, path: string, body: object): Promise<Reply> => person.send('POST', path, { body: JSON.stringify(body) })

/** Status and error code. */
export const codeOf = (reply: { readonly status: number, readonly body: { readonly error?: { readonly code: string } } }) => [reply.status, reply.body.error?.code]

export interface Grant {
  readonly operations: readonly string[]
  readonly scope: object
  readonly conditions?: readonly object[]
  readonly fields?: object
}

export interface Wish {
  readonly grant: Grant
  readonly until: number
  readonly from?: number
  readonly userid?: string
  readonly campaignId?: string
  readonly allowChanges?: boolean
}

/** The stories' words about rights on request. */
export function rightsOf(app: StoryApp) {
  const on = approving(app)
  const { db } = app.services.database
  return {
    on,
    /** Asks; the cards are out when it returns. */
    ask: async (userid: string, wish: Wish): Promise<Reply> => {
      const reply = await post(await app.as(userid), '/api/temporary-grants', { reason: '活动需要', ...wish })
      await app.settle()
      return reply
    },
    /** In the console, freshly signed in. */
    decide: async (userid: string, requestId: string, verdict: 'approve' | 'refuse' = 'approve') => on.decide(await app.as(userid), requestId, verdict),
    /** By a tap on the card. */
    tap: async (userid: string, requestId: string, key: 'approve' | 'refuse' = 'approve') => {
      app.simulator.controls.tapCard(userid, { taskId: await on.card(userid, requestId) }, key)
      await app.settle()
    },
    actions: async (subjectId: string) => (await db.getRepository(auditEntries).find({ where: { subjectId }, order: { id: 'ASC' } })).map((row) => row.action),
    epoch: async (person: Person) => Number((await person.get('/api/me')).headers.get('x-access-epoch')),
  }
}

export type RightsWords = ReturnType<typeof rightsOf>
