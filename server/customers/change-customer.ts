import { IsNull } from 'typeorm'
import { containsMask, isCustomerField, type CustomerField } from '#shared/access/index'
import type { CustomerPatch } from '#shared/contracts/customers'
import type { FieldSet } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError, RequestInvalid } from '../errors.ts'
import { addOutbox } from '../jobs/index.ts'
import type { Sealer } from '../sealing.ts'
import { sealContact } from './contact-data.ts'
import { updateCustomer, updateFollow } from './customer-rows.ts'
import { follows, type Customer } from './customer.entity.ts'
import { normalisePhone } from './phone.ts'
import { searchable } from './searchable.ts'
import { remarkKey } from './unsent.ts'

export interface CustomerChange {
  readonly customer: Customer
  readonly staffId: string
  readonly see: FieldSet
  readonly patch: CustomerPatch
  readonly sealer: Sealer
  readonly now: number
}

/** The fields that a patch names, in its own order. */
export function patchedFields(patch: CustomerPatch): CustomerField[] {
  return Object.entries(patch).flatMap(([name, value]) => (value !== undefined && isCustomerField(name) ? [name] : []))
}

/**
 * Writes the permitted fields of a customer. One forbidden field refuses everything (`fields.not_writable` names all of them),
 * a masked value is refused, and a stale version is a conflict; in each case nothing is written.
 * Contact data stay with us; only the remark is told to WeCom, on the caller's own follow.
 */
export async function changeCustomer(work: UnitOfWork, change: CustomerChange): Promise<CustomerField[]> {
  const { customer, patch, see } = change
  const fields = patchedFields(patch)
  const ownFollow = patch.remark === undefined ? null : await liveFollow(work, customer.id, change.staffId)
  const refused = fields.filter((field) => !see.writable.has(field) || (field === 'remark' && ownFollow === null))
  if (refused.length > 0) throw new ProjectError('fields.not_writable', 403, { fields: refused })
  checkValues(patch, fields)

  const columns = columnsOf(change)
  const written = await updateCustomer(
    work, { id: customer.id, version: patch.version },
    { ...columns, version: patch.version + 1, updatedAt: change.now },
  )
  if (!written) throw new ProjectError('customer.version_conflict', 409)
  if (patch.remark !== undefined && ownFollow !== null) {
    await updateFollow(work, ownFollow, { remark: patch.remark })
    await addOutbox(work, {
      kind: 'customer.remark', orderKey: `customer:${customer.externalUserId}`, payload: { followId: ownFollow.id },
      uniqueKey: remarkKey(ownFollow.id), whileRunning: 'again', reviveParked: true,
    })
  }
  return fields
}

const liveFollow = (work: UnitOfWork, customerId: string, staffId: string) =>
  work.db.getRepository(follows).findOneBy({ customerId, staffId, endedAt: IsNull() })

function checkValues(patch: CustomerPatch, fields: readonly CustomerField[]): void {
  const masked = Object.entries(patch).filter(([, value]) => textsOf(value).some(containsMask)).map(([name]) => name)
  if (masked.length > 0) throw new ProjectError('fields.masked_value', 400, { fields: masked })
  const wrong: string[] = []
  if (typeof patch.contractAmountFen === 'string') wrong.push('body.contractAmountFen')
  if (typeof patch.mobile === 'string' && normalisePhone(patch.mobile) === null) wrong.push('body.mobile')
  if (typeof patch.email === 'string' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(patch.email)) wrong.push('body.email')
  if (fields.length === 0) wrong.push('body')
  if (wrong.length > 0) throw new RequestInvalid(wrong)
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.flatMap(textsOf) : []
}

function columnsOf({ patch, sealer }: CustomerChange): Partial<Customer> {
  const { name, birthday, preferences, stage, memberLevel, contractAmountFen } = patch
  return {
    ...(name === undefined ? {} : { name, nameSearch: searchable(name) }),
    ...(birthday === undefined ? {} : { birthday }),
    ...(preferences === undefined ? {} : { preferences }),
    ...(stage === undefined ? {} : { stage }),
    ...(memberLevel === undefined ? {} : { memberLevel }),
    ...(contractAmountFen === undefined || typeof contractAmountFen === 'string' ? {} : { contractAmountFen }),
    ...sealContact(sealer, {
      ...(patch.mobile === undefined ? {} : { mobile: patch.mobile }),
      ...(patch.email === undefined ? {} : { email: patch.email }),
      ...(patch.address === undefined ? {} : { address: patch.address }),
    }),
  }
}
