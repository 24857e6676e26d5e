import { LessThanOrEqual } from 'typeorm'
import type { Database } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { leases } from './jobs.entity.ts'
import type { Clock } from './ports.ts'

export interface LeasesOptions {
  readonly database: Database
  /** Names this process among all; up to 64 characters. */
  readonly holder: string
  readonly clock: Clock
}

export type LeaseResult<T> = { readonly held: true; readonly value: T } | { readonly held: false }

export interface Leases {
  /**
   * Runs `run` if nobody else holds `name`, and gives it back afterwards. The lease ends by itself after `ms` without
   * renewal; it is renewed while `run` runs. `signal` is aborted when it is lost.
   */
  withLease<T>(name: string, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<LeaseResult<T>>
}

/** Rights of one process among several. A lease saves double work; what must not happen twice is also guarded by its own rows. */
export function createLeases({ database, holder, clock }: LeasesOptions): Leases {
  const { db } = database

  const take = async (name: string, ms: number): Promise<boolean> => {
    const until = clock() + ms
    const over = await db.update(leases, { name, until: LessThanOrEqual(clock()) }, { holder, until })
    if (over.affected === 1) return true
    try {
      await db.insert(leases, { name, holder, until })
      return true
    } catch (error) {
      if (isUniqueViolation(error)) return false
      throw error
    }
  }

  return {
    withLease: async (name, ms, run) => {
      if (!(await take(name, ms))) return { held: false }
      const lost = new AbortController()
      const timer = setInterval(() => {
        db.update(leases, { name, holder }, { until: clock() + ms })
          .then(({ affected }) => affected === 1 || lost.abort(), () => undefined)
      }, ms / 3).unref()
      try {
        return { held: true, value: await run(lost.signal) }
      } finally {
        clearInterval(timer)
        await db.delete(leases, { name, holder }).catch(() => undefined)
      }
    },
  }
}
