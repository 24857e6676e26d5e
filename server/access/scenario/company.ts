import type { Operation, Restriction, RoleGrant } from '#shared/access/index'
import type { AssignmentRule } from '../template-rules.ts'
import type { NodeGrant, Share, TemporaryGrant } from '../grant-sources.entity.ts'
import type { ActionContext } from '../index.ts'

/** The rules of a company, by themselves: what a policy document holds and what a file may bring along. Ids, not names. */
export interface ScenarioPolicy {
  readonly roles: readonly { readonly roleKey: string, readonly label: string, readonly grants: readonly RoleGrant[] }[]
  readonly restrictions: readonly { readonly id: string, readonly definition: Restriction, readonly endedAt?: number | null | undefined }[]
  readonly nodeGrants: readonly (Pick<NodeGrant, 'id' | 'nodeKey' | 'keepsOpen'> & { readonly subject: { readonly roles: readonly string[], readonly staffIds: readonly string[] }, readonly grant: RoleGrant })[]
  readonly templateRules: readonly AssignmentRule[]
}

export interface CompanyDepartment {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly kind: string
  readonly deleted: boolean
  readonly missing: boolean
}

export interface CompanyStaff {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly departmentIds: readonly number[]
  readonly roleKeys: readonly string[]
}

export interface CompanyCustomer {
  readonly id: string
  readonly ownerStaffId: string | null
  readonly ownerDepartmentId: number | null
  readonly poolDepartmentId: number | null
  readonly stage: string
  readonly valueTier: number | null
  readonly follows: readonly { readonly staffId: string, readonly departmentId: number | null, readonly ended: boolean }[]
  readonly tagIds: readonly string[]
  readonly orders: readonly { readonly storeDepartmentId: number, readonly amountFen: number }[]
  readonly visits: readonly number[]
  readonly nodes: readonly { readonly nodeKey: string, readonly left: boolean }[]
  readonly tasks: readonly string[]
}

/** A template, broadcast, entrance, approval or report as the rules see it. */
export interface CompanyThing {
  readonly id: string
  readonly departmentId: number | null
  readonly creatorStaffId: string | null
  readonly context: ActionContext
}

/** A whole company with ids instead of names, ready to be written. */
export interface Company extends ScenarioPolicy {
  readonly departments: readonly CompanyDepartment[]
  readonly staff: readonly CompanyStaff[]
  readonly tags: readonly { readonly id: string, readonly groupId: string }[]
  readonly customers: readonly CompanyCustomer[]
  readonly campaigns: readonly { readonly id: string, readonly fromAt: number, readonly untilAt: number, readonly endedAt: number | null, readonly members: readonly string[] }[]
  readonly temporaryGrants: readonly (Pick<TemporaryGrant, 'id' | 'staffId' | 'campaignId' | 'fromAt' | 'untilAt' | 'state' | 'endedAt'> & { readonly definition: RoleGrant })[]
  readonly shares: readonly (Pick<Share, 'id' | 'customerId' | 'staffId' | 'fromAt' | 'untilAt' | 'endedAt'> & { readonly operations: readonly Operation[] })[]
  readonly things: readonly CompanyThing[]
}
