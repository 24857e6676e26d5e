import type { JobLog } from './ports.ts'
import { describeError } from './retry.ts'
import type { Wakeup } from './wakeup.ts'

export interface LanesOptions<R> {
  readonly topic: string
  /** Look at each wake-up of the topic; false when the owner says with `look` when to. */
  readonly wakesItself?: boolean
  /** Claims up to `limit` rows that may run at the same time. */
  readonly take: (limit: number) => Promise<readonly R[]>
  /** Runs one claimed row to its end; must not throw for what the row itself did. */
  readonly run: (row: R, signal: AbortSignal) => Promise<void>
  /** Returns claimed rows that were not started. */
  readonly giveBack: (rows: readonly R[]) => Promise<void>
  /** Once before the first take, and then with each sweep. */
  readonly sweep: () => Promise<void>
  readonly concurrency: number
  readonly sweepMs: number
  readonly wakeup: Wakeup
  readonly log: JobLog
}

/** Runs rows side by side. */
export interface Lanes {
  start(): void
  /** Takes what is due, if there is room. */
  look(): void
  /** Runs all that is due now, also without `start`; resolves when nothing is left to take. */
  drain(): Promise<void>
  /** Takes nothing more, waits up to `limitMs` for what runs, then tells it to end. */
  stop(limitMs?: number): Promise<void>
}

/** Claims rows in small batches (one commit for several) and runs up to `concurrency` of them at once. */
export function createLanes<R>(options: LanesOptions<R>): Lanes {
  const { concurrency, log, topic } = options
  const buffer: R[] = []
  const running = new Set<Promise<void>>()
  const abort = new AbortController()
  let stopping = false
  let pumping: Promise<void> | null = null
  let lookAgain = false
  let timer: NodeJS.Timeout | null = null
  let unsubscribe: (() => void) | null = null

  const launch = (): void => {
    while (!stopping && running.size < concurrency) {
      const row = buffer.shift()
      if (row === undefined) return
      const run: Promise<void> = options.run(row, abort.signal)
        .catch((error: unknown) => log.error({ topic, error: describeError(error) }, 'a job could not be settled; a sweep will find it'))
        .finally(() => {
          running.delete(run)
          launch()
          if (buffer.length < concurrency / 2) pump()
        })
      running.add(run)
    }
  }

  const refill = async (): Promise<void> => {
    do {
      lookAgain = false
      // by the handful: a claim costs the same for one row as for many
      if (stopping || buffer.length >= concurrency / 2) return
      const rows = await options.take(concurrency * 2 - buffer.length - running.size)
      buffer.push(...rows)
      launch()
      if (rows.length > 0) lookAgain = true
    } while (lookAgain)
  }

  function pump(): void {
    lookAgain = true
    if (stopping || pumping !== null) return
    pumping = refill()
      .catch((error: unknown) => log.error({ topic, error: describeError(error) }, 'jobs could not be taken'))
      .finally(() => {
        pumping = null
        if (lookAgain) pump()
      })
  }

  const sweep = async (): Promise<void> => {
    try {
      await options.sweep()
    } catch (error) {
      log.error({ topic, error: describeError(error) }, 'the sweep failed')
    }
    pump()
    if (!stopping) timer = setTimeout(() => void sweep(), options.sweepMs).unref()
  }

  const settled = async (): Promise<void> => {
    while (pumping !== null || running.size > 0) await Promise.race([...(pumping === null ? [] : [pumping]), ...running])
  }

  return {
    start: () => {
      if (options.wakesItself !== false) unsubscribe ??= options.wakeup.onWake(topic, pump)
      if (timer === null) void sweep()
    },
    look: pump,
    drain: async () => {
      await options.sweep()
      pump()
      await settled()
    },
    stop: async (limitMs = 10_000) => {
      stopping = true
      unsubscribe?.()
      if (timer !== null) clearTimeout(timer)
      await pumping
      await options.giveBack(buffer.splice(0)).catch(() => log.warn({ topic }, 'claimed jobs stay reserved until their lease ends'))
      const limit = setTimeout(() => abort.abort(), limitMs)
      await Promise.race([settled(), new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve(), { once: true }))])
      clearTimeout(limit)
    },
  }
}
