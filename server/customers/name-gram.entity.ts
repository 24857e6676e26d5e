import { counter, defineTable, id, primary } from '../database/columns.ts'

/** Two letters that follow one another in a name as the search knows it, as one number; the last letter stands with nothing. */
export interface NameGram {
  gram: number
  customerId: string
}

export const nameGrams = defineTable<NameGram>('customer_name_grams', {
  gram: primary(counter()),
  customerId: primary(id()),
}, [
  { name: 'ix_customer_name_grams_customer', columns: ['customerId'] },
], { clustered: true })
