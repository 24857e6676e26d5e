/**
 * The tables of other domains that the engine reads, with the columns it relies on.
 * Access imports no business domain; a rename there is a change here, and `test/access` fails until both agree.
 */
export const tables = {
  customers: 'customers',
  follows: 'follows',
  customerTags: 'customer_tags',
  tags: 'tags',
  orders: 'orders',
  visits: 'visits',
  taskFacts: 'customer_task_facts',
  nodeFacts: 'customer_node_facts',
  departments: 'departments',
  staff: 'staff',
  staffDepartments: 'staff_departments',
  staffPersons: 'staff_persons',
} as const

/** Columns of `customers` behind the alias that every row filter speaks about. */
export const customerColumns = {
  id: 'customers.id',
  owner: 'customers.owner_staff_id',
  ownerDepartment: 'customers.owner_department_id',
  pool: 'customers.pool_department_id',
  stage: 'customers.stage',
  valueTier: 'customers.value_tier',
} as const

/** A follow in force, behind the alias `f`. Both marks must say so. */
export const liveFollow = 'f.ended_at IS NULL AND f.live_key IS NOT NULL'
