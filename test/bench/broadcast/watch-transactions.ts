import type { Database } from '../../../server/database/database.ts'

export interface WatchedTransactions {
  readonly database: Database
  /** The longest since it was asked last, ms, and how many there were. */
  take(): { readonly longestMs: number, readonly count: number }
}

/** Tells how long transactions take: so long everybody else waits on SQLite, and for what they hold on MySQL. */
export function watchTransactions(database: Database): WatchedTransactions {
  let longestMs = 0
  let count = 0
  const transaction: Database['transaction'] = (change) => database.transaction(async (work) => {
    // From here: what it waited for before was somebody else's.
    const began = performance.now()
    const done = await change(work)
    count += 1
    longestMs = Math.max(longestMs, performance.now() - began)
    return done
  })
  return {
    database: { ...database, transaction },
    take: () => {
      const taken = { longestMs: Math.round(longestMs), count }
      longestMs = 0
      count = 0
      return taken
    },
  }
}
