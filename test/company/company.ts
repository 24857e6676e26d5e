/** The data of a demo company. All instants are Unix milliseconds, money is in fen, dates are `YYYY-MM-DD`. */
export interface Company {
  readonly now: number
  readonly departments: readonly CompanyDepartment[]
  readonly staff: readonly CompanyStaff[]
  readonly tagGroups: readonly CompanyTagGroup[]
  readonly customers: readonly CompanyCustomer[]
}

export interface CompanyDepartment {
  readonly id: number
  readonly name: string
  /** 0 for the root. */
  readonly parentId: number
  /** Larger comes first, as in WeCom. */
  readonly order: number
  readonly kind: 'department' | 'store' | 'region'
}

/** The role templates of docs/architecture.md, in the order of the table there. */
export const companyRoles = [
  'trainee', 'clerk', 'sales', 'service', 'service-lead', 'store-manager', 'regional-manager', 'sales-head',
  'marketing', 'marketing-director', 'hq-operations', 'director', 'administrator',
] as const
export type CompanyRole = (typeof companyRoles)[number]

export interface CompanyStaff {
  readonly userid: string
  readonly name: string
  readonly departmentIds: readonly number[]
  readonly leaderOf: readonly number[]
  readonly position: string
  /** WeCom's status: 1 active, 2 disabled, 4 not activated, 5 left. */
  readonly status: 1 | 2 | 4 | 5
  /** The template that the rules are expected to give. */
  readonly role: CompanyRole
  readonly joinedOn: string
}

export interface CompanyTag {
  readonly id: string
  readonly name: string
  readonly order: number
}

export interface CompanyTagGroup {
  readonly id: string
  readonly name: string
  readonly order: number
  readonly createdAt: number
  readonly tags: readonly CompanyTag[]
}

export const companyStages = ['lead', 'contacted', 'intent', 'negotiating', 'signed', 'delivered', 'dormant'] as const
export type CompanyStage = (typeof companyStages)[number]

export interface CompanyFollow {
  readonly userid: string
  readonly createtime: number
  readonly remark: string
  readonly description: string
  readonly tagIds: readonly string[]
  /** WeCom's `add_way`. */
  readonly addWay: number
  readonly state?: string
}

export interface CompanyOrder {
  readonly orderNo: string
  readonly storeDepartmentId: number
  readonly amountFen: number
  readonly placedAt: number
  readonly items: readonly { readonly name: string, readonly quantity: number, readonly priceFen: number }[]
}

export interface CompanyVisit {
  readonly storeDepartmentId: number
  readonly userid: string
  readonly visitedAt: number
  readonly note: string
}

export interface CompanyContract {
  readonly state: 'draft' | 'signed' | 'void'
  readonly amountFen: number
  readonly priceList: string
}

export interface CompanyCustomer {
  readonly externalUserId: string
  readonly name: string
  readonly avatar: string
  /** 0 unknown, 1 male, 2 female. */
  readonly gender: 0 | 1 | 2
  /** 1 a WeChat user, 2 another company's WeCom user. */
  readonly type: 1 | 2
  readonly unionid?: string
  readonly follows: readonly CompanyFollow[]
  readonly stage: CompanyStage
  readonly birthday: string
  readonly preferences: readonly string[]
  readonly memberLevel: 0 | 1 | 2 | 3
  readonly mobile: string
  readonly email: string
  readonly address: string
  readonly contract?: CompanyContract
  readonly orders: readonly CompanyOrder[]
  readonly visits: readonly CompanyVisit[]
  readonly ownerUserid: string | null
  /** Where he lies when nobody owns him. */
  readonly poolDepartmentId: number | null
}
