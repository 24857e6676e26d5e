import { defineTable, counter, flag, id, instant, integer, longJson, key, nullable, primary, word } from '../database/columns.ts'

/** Single numbers that every process reads before it decides: the epoch of policy, staff and tree, and the highest clock seen. */
export interface AccessState {
  name: string
  value: number
}

export const accessStates = defineTable<AccessState>('access_state', {
  name: primary(key(32)),
  value: counter(),
})

/** A role template in force: what its holders may do. Filled from the product's templates, then a setting. */
export interface Role {
  roleKey: string
  label: string
  /** `RoleGrant[]`, checked when read. */
  grants: unknown
  version: number
  updatedAt: number
}

export const roles = defineTable<Role>('roles', {
  roleKey: primary(key(64)),
  label: word(64),
  grants: longJson(),
  version: integer(),
  updatedAt: instant(),
})

/** A role of a staff member that is in force. */
export interface StaffRole {
  staffId: string
  roleKey: string
  source: 'rule' | 'administrator'
  since: number
}

export const staffRoles = defineTable<StaffRole>('staff_roles', {
  staffId: primary(id()),
  roleKey: primary(key(64)),
  source: word(16),
  since: instant(),
}, [
  { name: 'ix_staff_roles_role', columns: ['roleKey'] },
])

/** Which role a new staff member gets; the lowest rank that matches wins, no match means trainee. */
export interface TemplateRule {
  id: string
  rank: number
  /** Also matches departments below. */
  departmentId: number | null
  departmentKind: string | null
  positionContains: string | null
  leader: boolean | null
  roleKey: string
}

export const templateRules = defineTable<TemplateRule>('template_rules', {
  id: primary(id()),
  rank: integer(),
  departmentId: nullable(integer()),
  departmentKind: nullable(word(16)),
  positionContains: nullable(word(64)),
  leader: nullable(flag()),
  roleKey: key(64),
})

/** A deny that beats every grant. */
export interface RestrictionRow {
  id: string
  /** `Restriction`, checked when read; an unreadable one denies everything. */
  definition: unknown
  createdAt: number
  endedAt: number | null
}

export const restrictions = defineTable<RestrictionRow>('restrictions', {
  id: primary(id()),
  definition: longJson(),
  createdAt: instant(),
  endedAt: nullable(instant()),
})

/** An open task type of a customer, written by the domain that owns tasks. */
export interface TaskFact {
  customerId: string
  taskType: string
}

export const taskFacts = defineTable<TaskFact>('customer_task_facts', {
  customerId: primary(id()),
  taskType: primary(key(64)),
}, [
  { name: 'ix_task_facts_type', columns: ['taskType'] },
])

/**
 * A journey node in which a customer stands, or stood, written by the domain that owns journeys. States of a ticket that open
 * it to somebody are nodes too (`ticket.escalated`, S24).
 */
export interface NodeFact {
  customerId: string
  nodeKey: string
  /** Which journey or ticket says so; several may name the same node. */
  reference: string
  enteredAt: number
  /** Empty while the customer stands there. */
  leftAt: number | null
}

export const nodeFacts = defineTable<NodeFact>('customer_node_facts', {
  customerId: primary(id()),
  nodeKey: primary(key(64)),
  reference: primary(key(64)),
  enteredAt: instant(),
  leftAt: nullable(instant()),
}, [
  { name: 'ix_node_facts_node', columns: ['nodeKey'] },
])
