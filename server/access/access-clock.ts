/**
 * The clock of all access: max(now, highest reading stored by any process), so that setting a machine's clock back
 * revives no expired grant. The mark is stored about once a second.
 */
export interface AccessClock {
  /** Unix ms; never smaller than any reading before. */
  now(): number
  /** Takes a mark that was read from the database. */
  learn(mark: number): void
  /** Stores the present reading when the last one is a second old. Throws what the store throws; the next call tries again. */
  keep(): Promise<void>
}

export interface AccessClockOptions {
  /** The machine's wall clock, Unix ms. */
  readonly clock: () => number
  readonly store: (now: number) => Promise<void>
  readonly everyMs?: number
}

export function createAccessClock(options: AccessClockOptions): AccessClock {
  const everyMs = options.everyMs ?? 1000
  let highest = 0
  let stored = 0
  const now = () => {
    highest = Math.max(highest, options.clock())
    return highest
  }
  return {
    now,
    learn: (mark) => {
      highest = Math.max(highest, mark)
      stored = Math.max(stored, mark)
    },
    keep: async () => {
      const reading = now()
      const before = stored
      if (reading < before + everyMs) return
      stored = reading
      try {
        await options.store(reading)
      } catch (error) {
        stored = before
        throw error
      }
    },
  }
}
