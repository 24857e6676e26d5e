import { In } from 'typeorm'
import { listSessions, readEpoch, readJssdkConfig, readMe, revokeSession } from '#shared/contracts/identity'
import { roles } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { present, RequestInvalid } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { departments, staffDepartments } from '../organization/index.ts'
import type { WecomClient } from '../wecom/index.ts'
import type { Sessions } from './sessions.ts'

export interface IdentityRoutes {
  readonly database: Database
  readonly sessions: Sessions
  /** The company's time zone. */
  readonly zone: string
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'signJsapi'>
  readonly publicUrl: string
  readonly corpId: string
  readonly agentId: number
}

export function identityRoutes(options: IdentityRoutes): Route[] {
  const { database, sessions, audit, zone } = options

  const me = route(readMe, async (_input, { signedIn, actor }) => {
    const mine = await database.db.getRepository(staffDepartments).findBy({ staffId: signedIn.staffId })
    const nodes = await database.db.getRepository(departments).findBy({ id: In(mine.map((one) => one.departmentId)) })
    const held = await database.db.getRepository(roles).findBy({ roleKey: In([...actor.roles]) })
    return {
      staff: { userid: signedIn.userid, name: signedIn.name, departments: nodes.map(({ id, name, kind }) => ({ id, name, kind })) },
      roles: held.map((role) => ({ key: role.roleKey, label: role.label })),
      operations: [...actor.mightEver()],
      epoch: actor.epoch,
      now: actor.now,
      zone,
    }
  })

  const mySessions = route(listSessions, async (_input, { signedIn }) => ({
    items: (await sessions.list(database.db, signedIn.staffId)).map((one) => ({
      id: one.id, surface: one.surface, createdAt: one.createdAt, lastSeenAt: one.lastSeenAt, userAgent: one.userAgent, current: one.id === signedIn.sessionId,
    })),
  }))

  const revoke = route(revokeSession, async ({ params }, { signedIn, requestId }) => database.transaction(async (work) => {
    const revoked = await sessions.revoke(work.db, signedIn.staffId, params.id, 'by-owner')
    await audit.record(work.db, {
      actorKind: 'staff', actorId: signedIn.staffId, action: 'session.revoked', subjectKind: 'session', subjectId: params.id,
      outcome: revoked ? 'done' : 'refused', requestId,
    })
    return { revoked }
  }))

  const jssdk = route(readJssdkConfig, async ({ query }) => {
    // Only pages of this product: a signature for another address would let that page act as ours.
    if (!URL.canParse(query.url) || new URL(query.url).origin !== new URL(options.publicUrl).origin) throw new RequestInvalid(['query.url'])
    const url = present(query.url.split('#')[0], 'address before the fragment')
    const [corp, agent] = await Promise.all([options.wecom.signJsapi({ url, kind: 'corp' }), options.wecom.signJsapi({ url, kind: 'agent' })])
    return { corpId: options.corpId, agentId: options.agentId, corp, agent }
  })

  return [me, route(readEpoch, async (_input, { actor }) => ({ epoch: actor.epoch, since: actor.since })), mySessions, revoke, jssdk]
}
