import type { GrantSubject, Restriction, RoleGrant } from '#shared/access/index'
import type { DepartmentNode } from '../../../server/access/tree.ts'

/** A small company in plain data: what the engine reads, before any of it is a row. */
export interface World {
  readonly now: number
  readonly departments: readonly DepartmentNode[]
  readonly roles: Readonly<Record<string, readonly RoleGrant[]>>
  readonly staff: readonly WorldStaff[]
  readonly restrictions: readonly WorldRestriction[]
  readonly campaigns: readonly WorldCampaign[]
  readonly temporary: readonly WorldTemporaryGrant[]
  readonly nodeGrants: readonly WorldNodeGrant[]
  readonly shares: readonly WorldShare[]
  /** People who may look at no customer for now, and whose freeze was lifted. */
  readonly freezes: readonly { readonly id: string, readonly staffId: string, readonly lifted: boolean }[]
  /** Tag id → group id; a tag of a customer that is not here has no known group. */
  readonly tagGroups: Readonly<Record<string, string>>
  readonly customers: readonly WorldCustomer[]
  /** Templates, broadcasts, entrances and the like; they have no rows of their own here. */
  readonly things: readonly WorldThing[]
  /** Rules whose stored text is no rule. */
  readonly unreadable: readonly UnreadableRule[]
}

export type UnreadableRule = 'role' | 'restriction' | 'node grant' | 'temporary grant' | 'share'

export interface WorldStaff {
  readonly id: string
  readonly status: 'active' | 'disabled' | 'left' | 'hidden'
  readonly departmentIds: readonly number[]
  readonly roleKeys: readonly string[]
}

export interface WorldRestriction {
  readonly id: string
  readonly restriction: Restriction
  readonly endedAt: number | null
}

export interface WorldCampaign {
  readonly id: string
  readonly fromAt: number
  readonly untilAt: number
  readonly endedAt: number | null
  readonly members: readonly string[]
}

export interface WorldTemporaryGrant {
  readonly id: string
  /** One of the two is set. */
  readonly staffId: string | null
  readonly campaignId: string | null
  readonly grant: RoleGrant
  readonly fromAt: number
  readonly untilAt: number
  readonly state: 'waiting' | 'granted' | 'refused' | 'ended'
}

export interface WorldNodeGrant {
  readonly id: string
  readonly nodeKey: string
  readonly subject: GrantSubject
  readonly grant: RoleGrant
  readonly keepsOpen: boolean
  readonly endedAt: number | null
}

export interface WorldShare {
  readonly id: string
  readonly customerId: string
  readonly staffId: string
  /** As stored; names that are no operations give nothing. */
  readonly operations: readonly string[]
  readonly fromAt: number
  readonly untilAt: number
  readonly endedAt: number | null
}

export interface WorldCustomer {
  readonly id: string
  readonly ownerStaffId: string | null
  readonly ownerDepartmentId: number | null
  readonly poolDepartmentId: number | null
  readonly stage: string
  readonly valueTier: number | null
  readonly follows: readonly { readonly staffId: string, readonly departmentId: number | null, readonly ended: boolean }[]
  readonly tagIds: readonly string[]
  readonly openTasks: readonly string[]
  readonly nodes: readonly string[]
  /** Nodes that the customer has left; he may stand in the same one again. */
  readonly formerNodes?: readonly string[] | undefined
  readonly orders: readonly { readonly storeDepartmentId: number, readonly amountFen: number }[]
  readonly visits: readonly { readonly storeDepartmentId: number }[]
}

export interface WorldThing {
  readonly id: string
  readonly departmentId: number | null
  readonly creatorStaffId: string | null
}
