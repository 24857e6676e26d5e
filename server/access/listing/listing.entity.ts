import { counter, defineTable, id, instant, integer, key, nullable, primary } from '../../database/columns.ts'

/**
 * The scope table: which customers a person, a department, a pool reaches, in the order in which lists show them. Derived from
 * customers, follows and the tree in the transaction that changes them (`refresh.ts`); rights never depend on it.
 */
export interface CustomerScope {
  /** Who or what reaches the customer; see `nodes.ts`. */
  node: number
  lastActiveAt: number
  customerId: string
  stage: string
  valueTier: number | null
}

export const customerScopes = defineTable<CustomerScope>('customer_scope', {
  node: primary(counter()),
  lastActiveAt: primary(instant()),
  customerId: primary(id()),
  stage: key(32),
  valueTier: nullable(integer()),
}, [
  { name: 'ix_customer_scope_customer', columns: ['customerId'] },
  { name: 'ix_customer_scope_stage', columns: ['node', 'stage', 'lastActiveAt', 'customerId'] },
], { clustered: true })

/** A part of a derived table that is not written yet. While the mark is there, lists do without that part. */
export interface ListMark {
  /** `scopes`, `names`, or `department:305`. */
  name: string
  /** Where a moved department stands now: `/1/12/305/`. */
  path: string | null
  /** How far the work has come. */
  position: string
  /** 2: looking once more, after everything that had begun before the move has ended. */
  round: number
  /** Not to be worked on before, Unix ms. */
  notBefore: number
}

export const listMarks = defineTable<ListMark>('list_marks', {
  name: primary(key(64)),
  path: nullable(key(512)),
  position: key(128),
  round: integer(),
  notBefore: instant(),
})
