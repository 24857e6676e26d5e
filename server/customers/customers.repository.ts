import type { EntityManager, SelectQueryBuilder } from 'typeorm'
import type { RowFilter } from '../access/index.ts'
import type { Position } from '../http/cursors.ts'
import { customers, customerTags, type Customer } from './customer.entity.ts'

/** What narrows a list of customers beside the row filter. Everything here was checked against what the caller may see. */
export interface CustomerSearch {
  readonly name?: string | undefined
  readonly stage?: string | undefined
  readonly tagId?: string | undefined
  readonly ownerStaffId?: string | undefined
  readonly mobileIndexes?: readonly string[] | undefined
}

/** `%` and `_` in a name are letters, not patterns. */
const pattern = (text: string) => `%${text.toLowerCase().replace(/[!%_]/g, (letter) => `!${letter}`)}%`

/** Every query of a customer takes a row filter, which only `access` can make. */
export class CustomersRepository {
  readonly #db: EntityManager

  constructor(db: EntityManager) {
    this.#db = db
  }

  /** One page, newest activity first, ending after `limit` rows. */
  async page(filter: RowFilter, search: CustomerSearch, after: Position | null, limit: number): Promise<Customer[]> {
    if (filter.isNothing) return []
    const query = narrow(this.#allowed(filter), search)
    if (after !== null) {
      query.andWhere('(customers.last_active_at < :afterAt OR (customers.last_active_at = :afterAt AND customers.id < :afterId))', { afterAt: after.at, afterId: after.id })
    }
    return query.orderBy('customers.lastActiveAt', 'DESC').addOrderBy('customers.id', 'DESC').limit(limit).getMany()
  }

  /** The customer with exactly this id, if the filter allows him; hidden and absent are both null. */
  async one(filter: RowFilter, externalUserId: string): Promise<Customer | null> {
    if (filter.isNothing) return null
    const found = await this.#allowed(filter).andWhere('customers.external_user_id = :externalUserId', { externalUserId }).getOne()
    // The MySQL family ignores blanks at the end when it compares.
    return found?.externalUserId === externalUserId ? found : null
  }

  /** Those of these ids whom the filter allows, in the order of the ids; hidden and absent ones are both missing. */
  async many(filter: RowFilter, externalUserIds: readonly string[]): Promise<Customer[]> {
    if (filter.isNothing || externalUserIds.length === 0) return []
    const found = await this.#allowed(filter).andWhere('customers.external_user_id IN (:...externalUserIds)', { externalUserIds: [...externalUserIds] }).getMany()
    return externalUserIds.flatMap((id) => found.find((customer) => customer.externalUserId === id) ?? [])
  }

  #allowed(filter: RowFilter): SelectQueryBuilder<Customer> {
    return this.#db.createQueryBuilder(customers, 'customers').where(`(${filter.sql})`, { ...filter.parameters })
  }
}

function narrow(query: SelectQueryBuilder<Customer>, search: CustomerSearch): SelectQueryBuilder<Customer> {
  if (search.name !== undefined) query.andWhere(`customers.name_search LIKE :searchName ESCAPE '!'`, { searchName: pattern(search.name) })
  if (search.stage !== undefined) query.andWhere('customers.stage = :searchStage', { searchStage: search.stage })
  if (search.ownerStaffId !== undefined) query.andWhere('customers.owner_staff_id = :searchOwner', { searchOwner: search.ownerStaffId })
  if (search.tagId !== undefined) {
    query.andWhere(`EXISTS (SELECT 1 FROM ${customerTags.options.tableName} searched WHERE searched.customer_id = customers.id AND searched.tag_id = :searchTag)`, { searchTag: search.tagId })
  }
  if (search.mobileIndexes !== undefined) {
    if (search.mobileIndexes.length === 0) query.andWhere('1 = 0')
    else query.andWhere('customers.mobile_index IN (:...searchMobile)', { searchMobile: [...search.mobileIndexes] })
  }
  return query
}
