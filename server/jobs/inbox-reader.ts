import { rowsPerReading, type ReadRows } from './inbox-reading.ts'
import type { JobLog } from './ports.ts'
import { describeError } from './retry.ts'

export interface ReaderOptions {
  readonly read: () => Promise<ReadRows>
  /** After each look, whether it brought something or not. */
  readonly onRead: () => void
  readonly log: JobLog
}

export interface Reader {
  /** Reads what is new, now or right after the look that is under way. */
  look(): void
  /** Reads all that is new; resolves with how many rows that were. */
  drain(): Promise<number>
  stop(): Promise<void>
}

/** Looks start at least this far apart, so that rows which arrive one by one are read by the handful. */
const betweenLooksMs = 20
/** Another process reads the same rows at the same moment: leave some of them to it. */
const giveWayMs = 50

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Reads new rows beside the handling of those that were read: neither waits for the other, however fast callbacks arrive. */
export function createReader({ read, onRead, log }: ReaderOptions): Reader {
  let reading: Promise<number> | null = null
  let lookAgain = false
  let stopped = false

  const readAll = async (): Promise<number> => {
    let total = 0
    while (lookAgain && !stopped) {
      lookAgain = false
      const began = performance.now()
      const { found, read: mine } = await read()
      onRead()
      total += mine
      if (mine < found) await pause(giveWayMs * Math.random())
      else if (found < rowsPerReading && lookAgain) await pause(betweenLooksMs - (performance.now() - began))
      lookAgain ||= found === rowsPerReading || mine < found
    }
    return total
  }

  const look = (): void => {
    lookAgain = true
    if (reading !== null || stopped) return
    reading = readAll()
      .catch((error: unknown) => {
        log.error({ topic: 'inbox', error: describeError(error) }, 'new callbacks could not be read; a sweep tries again')
        return 0
      })
      .finally(() => {
        reading = null
      })
  }

  return {
    look,
    drain: async () => {
      // what is under way may have looked before the last row came
      await reading
      look()
      return await reading ?? 0
    },
    stop: async () => {
      stopped = true
      await reading
    },
  }
}
