import { maskKnown } from '#shared/access/index'
import { askForBlock as askContract, listBlocks, type Block } from '#shared/contracts/blocks'
import type { Access } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { present, ProjectError, RequestInvalid } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import type { Sealer } from '../sealing.ts'
import { askForBlock } from './block-request.ts'
import { blocksOf, blockUnit } from './blocks.ts'
import { numbersOf } from './own-numbers.ts'
import { findVisible, type Cards } from './show-cards.ts'

export interface BlockRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Approvals
  readonly cards: Cards
  readonly sealer: Sealer
}

/** 「申请查看」: what one may ask to see of a customer, and the asking (S51). */
export function blockRoutes({ database, access, audit, approvals, cards, sealer }: BlockRoutes): Route[] {
  return [
    route(listBlocks, async ({ params }, context) => {
      const { facts } = await cards.open(context, params.externalUserId)
      return { items: await blocksOf(database.db, context.actor, facts) }
    }),
    route(askContract, async ({ params, body }, context) => {
      const { unit, days, reason } = body
      const wanted = blockUnit(unit)
      if (wanted === null) throw new RequestInvalid(['body.unit'])
      await cards.open(context, params.externalUserId)
      return database.transaction(async (work) => {
        const actor = await access.actorFor(context.signedIn.staffId, work.db)
        const { customer, facts } = await findVisible(work.db, actor, params.externalUserId)
        const blockNow = async () => present((await blocksOf(work.db, actor, facts)).find((one) => one.unit === unit), 'the block just asked for')
        refuseUnlessOpenToAsk(await blockNow(), actor.now)
        await askForBlock(work, approvals, { staffId: actor.staffId, customerId: customer.id, unit, days, reason: maskKnown(reason, numbersOf(sealer, customer)), now: actor.now })
        await audit.record(work.db, {
          actorKind: 'staff', actorId: actor.staffId, action: 'block.asked', operation: wanted.view, subjectKind: 'customer', subjectId: customer.id, outcome: 'done', details: { days }, requestId: context.requestId,
        })
        return blockNow()
      })
    }),
  ]
}

function refuseUnlessOpenToAsk({ state, until }: Block, now: number): void {
  switch (state) {
    case 'may': return
    case 'have': throw new ProjectError('block.already_open', 409)
    case 'waiting': throw new ProjectError('block.already_asked', 409)
    case 'closed': throw new ProjectError('block.closed', 403)
    case 'refused': throw new ProjectError('block.refused', 409, { until, minutes: Math.max(1, Math.ceil(((until ?? now) - now) / 60_000)) })
  }
}
