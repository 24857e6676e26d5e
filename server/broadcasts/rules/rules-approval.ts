import type { BroadcastRules } from '#shared/contracts/broadcast-rules'
import { ApprovalOutdated, type ApprovalKind } from '../../approvals/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { putRulesInForce } from './change-rules.ts'
import { looseningOf, type Loosening } from './loosening.ts'
import { RulesPayload, rulesKind } from './rules-wish.ts'
import { rulesInForce } from './rules.ts'

const words: Readonly<Record<Loosening, string>> = { quotas: '额度', frequency: '频次', approval: '审批' }

/** Rules that give more wait for another holder of `marketing.strategy.operate`. */
export function rulesApprovalKind(options: BroadcastOptions): ApprovalKind<RulesPayload> {
  return {
    kind: rulesKind,
    payload: RulesPayload,
    decideOn: 'card',
    reach: () => 'strategy',
    waitsWhenAlone: true,
    describe: async (db, { payload: { rules } }) => {
      const before = await rulesInForce(db)
      return {
        title: '放宽群发规则',
        lines: [
          { label: '放宽', value: looseningOf(before, rules).map((part) => words[part]).join('、') || '无' },
          { label: '额度', value: `${before.quotas.length} 条 → ${rules.quotas.length} 条，最高每月 ${most(before)} → ${most(rules)}` },
          { label: '频次', value: `${before.frequency.days} 天 ${before.frequency.messages} 条 → ${rules.frequency.days} 天 ${rules.frequency.messages} 条` },
          { label: '审批', value: `${before.approval.leadFrom} → ${rules.approval.leadFrom} 人起由市场负责人审批` },
        ],
      }
    },
    onApproved: async (work, { payload, requesterStaffId, decidedBy }) => {
      // Whoever asked must still be somebody who may.
      if (!(await options.access.actorFor(requesterStaffId, work.db)).may('marketing.strategy.operate')) throw new ApprovalOutdated()
      if (await putRulesInForce(options, work, { ...payload, by: requesterStaffId, approvedBy: decidedBy }) === null) throw new ApprovalOutdated()
    },
  }
}

const most = ({ quotas }: BroadcastRules): number => Math.max(...quotas.map((rule) => rule.perMonth))
