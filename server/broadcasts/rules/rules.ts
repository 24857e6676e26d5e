import type { EntityManager } from 'typeorm'
import type { BroadcastRules, QuotaRule } from '#shared/contracts/broadcast-rules'
import { broadcastRules, type BroadcastRulesRow } from './rules.entity.ts'

export type { BroadcastRules, QuotaRule } from '#shared/contracts/broadcast-rules'

const everybody = { roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null } as const satisfies Partial<QuotaRule>

/**
 * What holds until somebody publishes others (S40): 200 messages a month in the first three months; later 800, of which 400 to
 * customers below tier 3. S43: no customer gets more than two messages within a week.
 */
export const defaultRules: BroadcastRules = {
  quotas: [
    { ...everybody, roles: [], monthsBelow: 3, perMonth: 200, perDay: 100 },
    { ...everybody, roles: [], perMonth: 800, perDay: 200 },
    { ...everybody, roles: [], monthsFrom: 3, tierBelow: 3, perMonth: 400, perDay: 200 },
  ],
  frequency: { messages: 2, days: 7 },
  approval: { leadFrom: 500, riskyCategories: [] },
}

export const readRules = (db: EntityManager, id: BroadcastRulesRow['id']): Promise<BroadcastRulesRow | null> => db.getRepository(broadcastRules).findOneBy({ id })

/** The rules in force, read from the primary each time. */
export async function rulesInForce(db: EntityManager): Promise<BroadcastRules> {
  return (await readRules(db, 'active'))?.document ?? defaultRules
}

/**
 * What is wrong with rules whose form is right: somebody whom no rule for all messages fits could send nothing, so the last of
 * these rules is for everybody; a rule that can fit nobody is a slip.
 */
export function flawsOf(rules: BroadcastRules): string[] {
  const general = rules.quotas.filter((rule) => rule.category === null && rule.tierBelow === null).at(-1)
  const open = general !== undefined && general.roles.length === 0 && general.monthsFrom === 0 && general.monthsBelow === null && general.levelAtLeast === 0
  const empty = rules.quotas.flatMap((rule, place) => (rule.monthsBelow !== null && rule.monthsBelow <= rule.monthsFrom ? [`quotas.${place}.monthsBelow`] : []))
  return [...(open ? [] : ['quotas']), ...empty]
}
