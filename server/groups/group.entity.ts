import { defineTable, id, instant, integer, key, nullable, primary, word } from '../database/columns.ts'

/** A customer group 客户群. Nothing of its members but how many they are. */
export interface CustomerGroup {
  id: string
  chatId: string
  name: string
  /** Null while nobody whom we know owns it. */
  ownerStaffId: string | null
  /** The owner's department when he became it: whose scopes reach the group. A move of the owner does not change it. */
  departmentId: number | null
  members: number
  /** A group that was dissolved never comes back. */
  status: 'active' | 'dissolved'
  readAt: number
}

export const customerGroups = defineTable<CustomerGroup>('customer_groups', {
  id: primary(id()),
  chatId: key(64),
  name: word(),
  ownerStaffId: nullable(id()),
  departmentId: nullable(integer()),
  members: integer(),
  status: key(16),
  readAt: instant(),
}, [
  { name: 'ux_customer_groups_chat', columns: ['chatId'], unique: true },
  { name: 'ix_customer_groups_owner', columns: ['ownerStaffId', 'status'] },
])
