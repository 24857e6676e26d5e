import { editBroadcastRules, publishBroadcastRules, readBroadcastRules } from '#shared/contracts/broadcast-rules'
import type { EntityManager } from 'typeorm'
import { route, type Route } from '../../http/route.ts'
import { staff } from '../../organization/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { editRules, publishRules } from './change-rules.ts'
import type { BroadcastRulesRow } from './rules.entity.ts'
import { defaultRules, readRules } from './rules.ts'

/** The rules know no customer; they are open by operation alone. */
export function ruleRoutes(options: BroadcastOptions): Route[] {
  const { db } = options.database
  return [
    route(readBroadcastRules, async (_, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const [active, draft] = [await readRules(db, 'active'), await readRules(db, 'draft')]
      return {
        active: active === null ? { version: 0, rules: defaultRules, updatedAt: null, updatedBy: null } : await shown(db, active),
        draft: draft === null ? null : await shown(db, draft),
      }
    }),
    route(editBroadcastRules, async ({ body }, { actor }) => ({ version: await editRules(options, actor.staffId, body) })),
    route(publishBroadcastRules, ({ body }, { actor }) => publishRules(options, actor.staffId, body.version)),
  ]
}

async function shown(db: EntityManager, { version, document, updatedAt, updatedBy }: BroadcastRulesRow) {
  return { version, rules: document, updatedAt, updatedBy: (await db.getRepository(staff).findOneBy({ id: updatedBy }))?.name ?? null }
}
