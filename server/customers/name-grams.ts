import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed, useIndex, type Posting, type SqlBuilder } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'

/*
 * The index behind the search by name. LIKE '%…%' walks all customers, and neither database has a word index that finds two
 * Chinese letters in the middle of a name on both of its sides; pairs of letters are found by an ordinary key. The search itself
 * stays the LIKE: the pairs only propose.
 */

/** A letter has 21 bits: Unicode ends at 0x10FFFF. */
const letterRoom = 2 ** 21

const lettersOf = (text: string): number[] => [...text].map((letter) => letter.codePointAt(0) ?? 0)

/** The pairs of a name as the search knows it (`searchable`). */
export function gramsOf(nameSearch: string): Set<number> {
  const letters = lettersOf(nameSearch)
  return new Set(letters.map((letter, place) => letter * letterRoom + (letters[place + 1] ?? 0)))
}

/** What leads to the customers whose name holds this text: one for each of its pairs, each a superset of them. */
export function gramPostings(text: string): Posting[] {
  const letters = lettersOf(text)
  const [only] = letters
  if (letters.length === 1 && only !== undefined) return [letterPosting(only)]
  return [...new Set(letters.slice(0, -1).map((letter, place) => letter * letterRoom + (letters[place + 1] ?? 0)))].slice(0, mostPairs).map(pairPosting)
}

/** Of a long text the first pairs narrow enough. */
const mostPairs = 6
const table = 'customer_name_grams'

/** While this mark is there, names that were written before the pairs existed are not found by them. */
export const nameMark = 'names'

function pairPosting(gram: number): Posting {
  const from = (to: SqlBuilder) => `FROM ${table} g ${useIndex(to.dialect, 'PRIMARY')} WHERE g.gram = ${to.value(gram)}`
  return {
    key: `gram ${gram}`,
    mark: nameMark,
    members: (to) => `SELECT g.customer_id ${from(to)}`,
    holds: (to, customerId) => `(SELECT 1 ${from(to)} AND g.customer_id = ${customerId} LIMIT 1) IS NOT NULL`,
  }
}

/** A single letter begins every pair in which it stands first, and it stands first in one. */
function letterPosting(letter: number): Posting {
  const within = (to: SqlBuilder) => `g.gram BETWEEN ${to.value(letter * letterRoom)} AND ${to.value((letter + 1) * letterRoom - 1)}`
  return {
    key: `letter ${letter}`,
    mark: nameMark,
    members: (to) => `SELECT g.customer_id FROM ${table} g ${useIndex(to.dialect, 'PRIMARY')} WHERE ${within(to)}`,
    holds: (to, customerId) => `(SELECT 1 FROM ${table} g ${useIndex(to.dialect, 'ix_customer_name_grams_customer')} WHERE g.customer_id = ${customerId} AND ${within(to)} LIMIT 1) IS NOT NULL`,
  }
}

const NameRow = z.object({ id: z.string(), name: z.string() })
const GramRow = z.object({ customer: z.string(), gram: z.coerce.number() })

/** By the connection of the transaction. */
const renamed = new WeakMap<object, Set<string>>()

/** To be called in the transaction that writes a name. */
export function keepNameFound(work: UnitOfWork, customerId: string): void {
  const transaction = work.db.queryRunner ?? work
  const ids = renamed.get(transaction) ?? new Set()
  renamed.set(transaction, ids.add(customerId))
  work.beforeCommit('customer-name-grams', async () => {
    renamed.delete(transaction)
    await refreshNameGrams(work.db, [...ids])
  })
}

const customersPerTurn = 200

/** Brings the pairs to the names of these customers. Returns for how many of them they were others. */
export async function refreshNameGrams(db: EntityManager, customerIds: readonly string[]): Promise<number> {
  let mended = 0
  for (let from = 0; from < customerIds.length; from += customersPerTurn) mended += await refreshSome(db, customerIds.slice(from, from + customersPerTurn))
  return mended
}

export interface GramDifference {
  readonly customerId: string
  readonly gone: readonly number[]
  readonly added: readonly number[]
}

/** Where the pairs are not those of the name. */
export async function gramDifferences(db: EntityManager, ids: readonly string[]): Promise<GramDifference[]> {
  const names = new Map(z.array(NameRow).parse(await selectNamed(db, 'SELECT id, name_search AS name FROM customers WHERE id IN (:...ids)', { ids })).map((row) => [row.id, row.name]))
  const rows = z.array(GramRow).parse(await selectNamed(db, `SELECT customer_id AS customer, gram FROM ${table} WHERE customer_id IN (:...ids)`, { ids }))
  const known = new Map<string, Set<number>>(ids.map((id) => [id, new Set()]))
  for (const row of rows) known.get(row.customer)?.add(row.gram)
  return ids.flatMap((customerId) => {
    const wanted = gramsOf(names.get(customerId) ?? '')
    const there = known.get(customerId) ?? new Set()
    const difference = { customerId, gone: [...there].filter((gram) => !wanted.has(gram)), added: [...wanted].filter((gram) => !there.has(gram)) }
    return difference.gone.length + difference.added.length === 0 ? [] : [difference]
  })
}

async function refreshSome(db: EntityManager, ids: readonly string[]): Promise<number> {
  const differences = await gramDifferences(db, ids)
  for (const { customerId, gone } of differences) {
    if (gone.length > 0) await selectNamed(db, `DELETE FROM ${table} WHERE customer_id = :customerId AND gram IN (:...gone)`, { customerId, gone })
  }
  const added = differences.flatMap((one) => one.added.map((gram) => [gram, one.customerId]))
  for (let from = 0; from < added.length; from += 500) {
    const part = added.slice(from, from + 500)
    await db.query(`INSERT INTO ${table} (gram, customer_id) VALUES ${part.map(() => '(?, ?)').join(', ')}`, part.flat())
  }
  return differences.length
}
