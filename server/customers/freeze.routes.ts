import { In, IsNull, Not } from 'typeorm'
import { liftFreeze as liftContract, listFreezes } from '#shared/contracts/reveal'
import { accessFreezes, liftFreeze, type Access, type AccessFreeze } from '../access/index.ts'
import { isSuperiorOf, readingNow, readingWithin } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'

export interface FreezeRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
}

/** Who is frozen (S55), for those who may let him in again: his superiors and the administrators, never he himself. */
export function freezeRoutes({ database, access, audit }: FreezeRoutes): Route[] {
  return [
    route(listFreezes, async (_input, { actor }) => {
      const reading = readingNow(access, database)
      const live = await database.db.getRepository(accessFreezes).find({ where: { liveKey: Not(IsNull()) }, order: { frozenAt: 'DESC', id: 'ASC' } })
      const mine: AccessFreeze[] = []
      for (const one of live) {
        if (await isSuperiorOf(reading, one.staffId, actor.staffId)) mine.push(one)
      }
      const people = new Map((mine.length === 0 ? [] : await database.db.getRepository(staff).findBy({ id: In(mine.map((one) => one.staffId)) })).map((row) => [row.id, row]))
      return {
        items: mine.map((one) => ({ id: one.id, userid: people.get(one.staffId)?.wecomUserid ?? '', name: people.get(one.staffId)?.name ?? '', reason: one.reason, frozenAt: one.frozenAt })),
      }
    }),
    route(liftContract, async ({ params, body }, { signedIn, requestId }) => database.transaction(async (work) => {
      const one = await work.db.getRepository(accessFreezes).findOneBy({ id: params.id, liveKey: Not(IsNull()) })
      // The same answer for a freeze that is not there and one that is not the caller's business.
      if (one === null || !(await isSuperiorOf(readingWithin(access, work), one.staffId, signedIn.staffId))) throw new ProjectError('access.not_frozen', 404)
      if (!(await liftFreeze(work, one.id, signedIn.staffId, access.clock.now()))) throw new ProjectError('access.not_frozen', 404)
      await audit.record(work.db, {
        actorKind: 'staff', actorId: signedIn.staffId, action: 'access.unfrozen', subjectKind: 'staff', subjectId: one.staffId, outcome: 'done', details: { freeze: one.id, reason: body.reason }, requestId,
      })
      return { lifted: true as const }
    })),
  ]
}
