/** The eighteen permission units in their three blocks, with the words that people read. */
export const units = {
  'customer.profile': { zh: '客户资料', en: 'Profile' },
  'customer.contact': { zh: '联系方式', en: 'Contact data' },
  'customer.spending': { zh: '消费数据', en: 'Spending' },
  'customer.contract': { zh: '合同与签约金额', en: 'Contract' },
  'customer.labels': { zh: '标签、阶段与会员等级', en: 'Tags, stage and member level' },
  'customer.ownership': { zh: '归属与公海', en: 'Owner and pool' },
  'talk.messages': { zh: '聊天记录', en: 'Messages' },
  'talk.followups': { zh: '跟进记录', en: 'Follow-ups' },
  'talk.history': { zh: '历史版本', en: 'Version history' },
  'talk.visits': { zh: '到店记录', en: 'Visits' },
  'talk.tickets': { zh: '投诉工单', en: 'Tickets' },
  'talk.tasks': { zh: 'SOP任务', en: 'Tasks' },
  'marketing.templates': { zh: '话术模板', en: 'Templates' },
  'marketing.broadcasts': { zh: '群发任务', en: 'Broadcasts' },
  'marketing.approvals': { zh: '审批', en: 'Approvals' },
  'marketing.entrances': { zh: '渠道活码', en: 'Store codes' },
  'marketing.reports': { zh: '数据报表', en: 'Reports' },
  'marketing.strategy': { zh: '营销策略', en: 'Strategy' },
} as const

export type Unit = keyof typeof units

export const levels = ['view', 'edit', 'operate'] as const
export type Level = (typeof levels)[number]

export type UnitOperation = `${Unit}.${Level}`

/** Beside the units, not configurable per customer; they know only the scope `all`. */
export const systemOperations = [
  'system.policy.view',
  'system.policy.operate',
  'system.audit.view',
  'system.audit.operate',
  'system.integration.view',
  'system.integration.operate',
  'system.settings.view',
  'system.settings.operate',
] as const
export type SystemOperation = (typeof systemOperations)[number]

export type Operation = UnitOperation | SystemOperation

const unitNames: readonly Unit[] = Object.keys(units).filter((name): name is Unit => name in units)

/** The 54 operations in a fixed order: unit by unit as above, view, edit, operate. The order is the index in compiled policies. */
export const unitOperations: readonly UnitOperation[] = unitNames.flatMap((unit) => levels.map((level): UnitOperation => `${unit}.${level}`))

export const operations: readonly Operation[] = [...unitOperations, ...systemOperations]

const known = new Set<string>(operations)

/** False for anything that is not spelled exactly like an operation (T01). */
export function isOperation(name: string): name is Operation {
  return known.has(name)
}

/** Units that speak about one customer: each of their operations also needs `customer.profile.view` of that customer. */
export function isCustomerBound(operation: Operation): operation is UnitOperation {
  return operation.startsWith('customer.') || operation.startsWith('talk.')
}

/** The `view` that `edit` and `operate` of the same unit imply, and that a restriction of takes along. */
export function viewOf(operation: Operation): Operation {
  const view = operation.replace(/\.(edit|operate)$/, '.view')
  return isOperation(view) ? view : operation
}
