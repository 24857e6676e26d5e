import type { Database } from '../database/database.ts'
import { Invariant, ProjectError } from '../errors.ts'
import { mysqlArrivalsWriter, sqliteArrivalsWriter, type Arrival } from './arrivals-writer.ts'
import type { Clock, JobLog } from './ports.ts'
import { processParts } from './process-parts.ts'
import { describeError } from './retry.ts'

export interface InboxOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: JobLog
  /** Arrivals that may wait for their commit; more are refused at once so that memory stays bounded. */
  readonly maxWaiting?: number
}

export interface Inbox {
  /**
   * Resolves once the arrival is on disk, and only then; rejects when it is not, so that the sender must try again.
   * The same text may arrive again and again: whoever reads it finds that it is known.
   */
  store(arrival: Arrival): Promise<void>
}

interface Waiting {
  readonly arrival: Arrival
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** `text` columns hold 65,535 bytes on MySQL, and all payloads are ASCII. */
const mostPayloadCharacters = 65_000
/** Keeps one statement below MySQL's default packet size of 16 MB. */
const mostInBatch = 200
/** How long arrivals may put off their commit; an idle server commits after one turn. */
const longestCollectMs = 2

function check(arrival: Arrival): void {
  if (!/^[0-9a-f]{64}$/.test(arrival.digest)) throw new Invariant('the digest of a callback must be 64 hex digits')
  if (arrival.source === '' || arrival.source.length > 16) throw new Invariant('the source of a callback must have 1 to 16 characters')
  if (arrival.payload.length > mostPayloadCharacters) throw new Invariant('the payload of a callback is too long to be stored')
}

/**
 * Group commit at a turn of the event loop: whatever has arrived goes into one transaction as soon as a turn brings
 * nothing more, and the next group forms while one is being written. Never two at a time: the second would be smaller, cost
 * the same, and might overtake the first.
 */
export function createInbox(options: InboxOptions): Inbox {
  const { database, clock, log, maxWaiting = 5_000 } = options
  const parts = processParts(database.source)
  parts.clock = clock
  const write = (database.kind === 'sqlite' ? sqliteArrivalsWriter : mysqlArrivalsWriter)(database, parts, clock)
  const waiting: Waiting[] = []
  let writing = false
  let scheduled = false
  let began = 0
  let seen = 0
  let last = 0

  /**
   * Each turn that brings more puts the commit off by one turn, within bounds: the work of that turn had to be done anyway.
   * SQLite, which writes on this very thread, gains by each callback that joins. MySQL works on one group while the next
   * forms, and is idle least when the two are of one size: a small one waits until it has half of what the last one had.
   */
  const collect = (): void => {
    const enough = database.kind === 'sqlite' ? mostInBatch : last / 2
    const more = waiting.length > seen && waiting.length < enough && performance.now() - began < longestCollectMs
    if (more) {
      seen = waiting.length
      setImmediate(collect)
      return
    }
    scheduled = false
    void flush()
  }

  const schedule = (): void => {
    if (scheduled || writing || waiting.length === 0) return
    scheduled = true
    seen = 0
    began = performance.now()
    setImmediate(collect)
  }

  const flush = async (): Promise<void> => {
    let group: Waiting[] = []
    writing = true
    try {
      await write(() => {
        group = waiting.splice(0, mostInBatch)
        last = group.length
        return group.map((member) => member.arrival)
      })
      for (const member of group) member.resolve()
      parts.wakeup.wake('inbox')
    } catch (error) {
      if (group.length === 0) group = waiting.splice(0)
      log.error({ callbacks: group.length, error: describeError(error) }, 'callbacks could not be stored')
      for (const member of group) member.reject(error)
    }
    writing = false
    schedule()
  }

  return {
    store: (arrival) => {
      check(arrival)
      if (waiting.length >= maxWaiting) return Promise.reject(new ProjectError('service.unavailable', 503))
      return new Promise((resolve, reject) => {
        waiting.push({ arrival, resolve, reject })
        schedule()
      })
    },
  }
}
