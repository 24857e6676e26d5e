import { IsNull } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { updateCustomer } from './customer-rows.ts'
import { ownerships } from './customer.entity.ts'

/**
 * Gives a customer without owner to a staff member, in the department where it happened. False when somebody owns him already:
 * a conditional update, so of two at once exactly one wins (S27).
 */
export async function becomeOwner(work: UnitOfWork, input: { readonly customerId: string; readonly staffId: string; readonly departmentId: number | null; readonly reason: string; readonly now: number }): Promise<boolean> {
  const taken = await updateCustomer(
    work, { id: input.customerId, ownerStaffId: IsNull() },
    { ownerStaffId: input.staffId, ownerDepartmentId: input.departmentId, poolDepartmentId: null, updatedAt: input.now },
  )
  if (!taken) return false
  await work.db.getRepository(ownerships).insert({
    id: uuid(), customerId: input.customerId, staffId: input.staffId, departmentId: input.departmentId, beganAt: input.now, reason: input.reason, endedAt: null, endReason: null,
  })
  return true
}
