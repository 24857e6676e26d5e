import type { EntityManager, SelectQueryBuilder } from 'typeorm'
import { readPage, type RowFilter } from '../access/index.ts'
import { columnsOf, readRows } from '../database/read-rows.ts'
import type { Position } from '../http/cursors.ts'
import { customers, type Customer } from './customer.entity.ts'
import { conditionOf, narrowingOf, type CustomerSearch } from './customer-search.ts'

/** Every query of a customer takes a row filter, which only `access` can make. */
export class CustomersRepository {
  readonly #db: EntityManager

  constructor(db: EntityManager) {
    this.#db = db
  }

  /** One page, newest activity first, ending after `limit` rows. */
  async page(filter: RowFilter, search: CustomerSearch, after: Position | null, limit: number): Promise<Customer[]> {
    const rows = await readPage(this.#db, {
      filter, ...narrowingOf(search), where: conditionOf(search), after, limit, columns: columnsOf(this.#db, customers, 'customers'),
    })
    return readRows(this.#db, customers, rows)
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
