import type { Unit, UnitOperation } from './operations.ts'

/** How a field is shown. Absent from an answer means hidden. */
export const presentations = ['hidden', 'masked', 'clear'] as const
export type Presentation = (typeof presentations)[number]

export interface FieldRule {
  readonly unit: Unit
  /** What a grant of the unit's `view` gives when it does not say otherwise. */
  readonly default: Exclude<Presentation, 'hidden'>
  /** A grant of this operation shows the field in clear without asking (amounts for those who sign contracts). */
  readonly clearWith?: UnitOperation
  /** The operation that may see the masked field in clear for a moment, one by one, with a reason and within a daily limit. */
  readonly revealedBy?: UnitOperation
  /** The operation that may write the field; fields without one are read only. */
  readonly writtenBy?: UnitOperation
  /** Computed over records: narrowed to the records one may see, never to be shown for others (S15, T11). */
  readonly overRecords?: true
  readonly zh: string
  readonly en: string
}

/** Every field of a customer that can leave the server. A field that is not here cannot leave. */
export const customerFields = {
  name: { unit: 'customer.profile', default: 'clear', writtenBy: 'customer.profile.edit', zh: '姓名', en: 'Name' },
  avatar: { unit: 'customer.profile', default: 'clear', zh: '头像', en: 'Picture' },
  gender: { unit: 'customer.profile', default: 'clear', zh: '性别', en: 'Gender' },
  corpName: { unit: 'customer.profile', default: 'clear', zh: '企业', en: 'Company' },
  source: { unit: 'customer.profile', default: 'clear', zh: '来源', en: 'Source' },
  addedAt: { unit: 'customer.profile', default: 'clear', zh: '添加时间', en: 'Added' },
  birthday: { unit: 'customer.profile', default: 'clear', writtenBy: 'customer.profile.edit', zh: '生日', en: 'Birthday' },
  preferences: { unit: 'customer.profile', default: 'clear', writtenBy: 'customer.profile.edit', zh: '偏好', en: 'Preferences' },
  remark: { unit: 'customer.profile', default: 'clear', writtenBy: 'customer.profile.edit', zh: '备注', en: 'Remark' },
  mobile: { unit: 'customer.contact', default: 'masked', revealedBy: 'customer.contact.operate', writtenBy: 'customer.contact.edit', zh: '手机号', en: 'Mobile' },
  email: { unit: 'customer.contact', default: 'masked', revealedBy: 'customer.contact.operate', writtenBy: 'customer.contact.edit', zh: '邮箱', en: 'E-mail' },
  address: { unit: 'customer.contact', default: 'masked', revealedBy: 'customer.contact.operate', writtenBy: 'customer.contact.edit', zh: '地址', en: 'Address' },
  spendTotalFen: { unit: 'customer.spending', default: 'clear', overRecords: true, zh: '消费总额', en: 'Total spend' },
  orderCount: { unit: 'customer.spending', default: 'clear', overRecords: true, zh: '订单数', en: 'Orders' },
  lastOrderAt: { unit: 'customer.spending', default: 'clear', overRecords: true, zh: '最近消费', en: 'Last order' },
  valueTier: { unit: 'customer.spending', default: 'clear', zh: '价值等级', en: 'Value tier' },
  contractState: { unit: 'customer.contract', default: 'clear', zh: '合同状态', en: 'Contract state' },
  priceList: { unit: 'customer.contract', default: 'clear', zh: '价目表', en: 'Price list' },
  contractAmountFen: { unit: 'customer.contract', default: 'masked', clearWith: 'customer.contract.operate', revealedBy: 'customer.contract.operate', writtenBy: 'customer.contract.edit', zh: '签约金额', en: 'Contract amount' },
  tags: { unit: 'customer.labels', default: 'clear', zh: '标签', en: 'Tags' },
  stage: { unit: 'customer.labels', default: 'clear', writtenBy: 'customer.labels.edit', zh: '阶段', en: 'Stage' },
  memberLevel: { unit: 'customer.labels', default: 'clear', writtenBy: 'customer.labels.operate', zh: '会员等级', en: 'Member level' },
  owner: { unit: 'customer.ownership', default: 'clear', zh: '归属人', en: 'Owner' },
  pool: { unit: 'customer.ownership', default: 'clear', zh: '公海', en: 'Pool' },
  followers: { unit: 'customer.ownership', default: 'clear', zh: '跟进人', en: 'Followers' },
} as const satisfies Record<string, FieldRule>

export type CustomerField = keyof typeof customerFields

/** The field names in a fixed order. */
export const customerFieldNames: readonly CustomerField[] = [
  'name', 'avatar', 'gender', 'corpName', 'source', 'addedAt', 'birthday', 'preferences', 'remark',
  'mobile', 'email', 'address',
  'spendTotalFen', 'orderCount', 'lastOrderAt', 'valueTier',
  'contractState', 'priceList', 'contractAmountFen',
  'tags', 'stage', 'memberLevel',
  'owner', 'pool', 'followers',
]

export function isCustomerField(name: string): name is CustomerField {
  return Object.hasOwn(customerFields, name)
}
