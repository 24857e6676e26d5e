import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { BoundedCache } from '../bounded-cache.ts'
import { selectNamed, SqlBuilder, type Dialect } from '../sql.ts'

const Count = z.object({ n: z.coerce.number() })

interface Known {
  /** Exact where it is below `most`. */
  readonly size: number
  readonly most: number
  readonly until: number
}

/** By database. How many customers an index entry has changes slowly, and the number only chooses between plans. */
const known = new WeakMap<object, BoundedCache<string, Known>>()
const mostKept = 20_000

/** Counts that stop where the answer is certain, kept for a short while. */
export class Sizes {
  readonly #db: EntityManager
  readonly #dialect: Dialect
  readonly #keepMs: number
  readonly #kept: BoundedCache<string, Known>

  constructor(db: EntityManager, dialect: Dialect, keepMs: number) {
    this.#db = db
    this.#dialect = dialect
    this.#keepMs = keepMs
    this.#kept = known.get(db.dataSource) ?? new BoundedCache(mostKept)
    known.set(db.dataSource, this.#kept)
  }

  /** The number of rows, or `most` where there are as many or more. `key` stands for what is selected. */
  async upTo(most: number, key: string, select: (to: SqlBuilder) => string): Promise<number> {
    const now = performance.now()
    const found = this.#kept.get(key)
    if (found !== undefined && found.until > now && (found.size < found.most || found.most >= most)) return Math.min(found.size, most)
    const to = new SqlBuilder(this.#dialect)
    const [row] = z.array(Count).parse(await selectNamed(this.#db, `SELECT COUNT(*) AS n FROM (${select(to)} LIMIT ${most}) counted`, to.parameters))
    const size = row?.n ?? 0
    if (this.#keepMs > 0) this.#kept.set(key, { size, most, until: now + this.#keepMs })
    return size
  }
}
