import { Cron } from 'croner'
import type { Database } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import type { Leases } from './leases.ts'
import { leases as leaseTable } from './jobs.entity.ts'
import type { Clock, JobLog } from './ports.ts'
import { describeError } from './retry.ts'

export interface Schedule {
  /** Up to 64 characters. */
  readonly name: string
  /** A cron pattern in the company's zone, such as `15 3 * * *`. */
  readonly pattern: string
  /** Must be safe to run again: a run that a crash cut off is repeated. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface SchedulesOptions {
  readonly database: Database
  readonly leases: Leases
  readonly clock: Clock
  readonly log: JobLog
  readonly zone: string
  readonly schedules: readonly Schedule[]
  /** How often it looks, in ms; one minute by default. */
  readonly everyMs?: number
}

export interface Schedules {
  start(): void
  /** Runs whatever is due now, each schedule at most once. Returns the names of those that ran to their end. */
  runDue(): Promise<string[]>
  stop(): Promise<void>
}

const leaseMs = 5 * 60_000
const pauseAfterFailureMs = 5 * 60_000

/**
 * Nightly and hourly work, once among all processes: the last run is stored, and a lease keeps others out meanwhile.
 * A run that was missed because nobody was up is made good once, not several times.
 */
export function createSchedules(options: SchedulesOptions): Schedules {
  const { database, clock, log, leases } = options
  const crons = options.schedules.map((schedule) => ({ schedule, cron: new Cron(schedule.pattern, { timezone: options.zone, paused: true }) }))
  const notBefore = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null
  let current: Promise<unknown> = Promise.resolve()

  const isDue = async (schedule: Schedule, cron: Cron): Promise<boolean> => {
    const last = await lastRun(database, schedule.name, clock())
    const next = cron.nextRun(new Date(last))
    return next !== null && next.getTime() <= clock()
  }

  const runOne = async (schedule: Schedule, cron: Cron): Promise<boolean> => {
    if ((notBefore.get(schedule.name) ?? 0) > clock() || !(await isDue(schedule, cron))) return false
    const result = await leases.withLease(`schedule:${schedule.name}`, leaseMs, async (signal) => {
      // another process may have run it between the first look and the lease
      if (!(await isDue(schedule, cron))) return false
      const began = clock()
      await schedule.run(signal)
      await database.db.update(leaseTable, { name: ranName(schedule.name) }, { until: began })
      return true
    })
    return result.held && result.value
  }

  const runDue = async (): Promise<string[]> => {
    const ran: string[] = []
    for (const { schedule, cron } of crons) {
      try {
        if (await runOne(schedule, cron)) ran.push(schedule.name)
      } catch (error) {
        notBefore.set(schedule.name, clock() + pauseAfterFailureMs)
        log.error({ schedule: schedule.name, error: describeError(error) }, 'a scheduled job failed and will be repeated')
      }
    }
    return ran
  }

  const tick = async (): Promise<void> => {
    await runDue()
    if (timer !== null) timer = setTimeout(() => { current = tick() }, options.everyMs ?? 60_000).unref()
  }

  return {
    start: () => {
      timer ??= setTimeout(() => { current = tick() }, 0).unref()
    },
    runDue,
    stop: async () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await current
    },
  }
}

const ranName = (name: string): string => `schedule-ran:${name}`

/** When it last ran; a schedule that is new counts as run now, so that a first start does not fire everything. */
async function lastRun(database: Database, name: string, now: number): Promise<number> {
  const known = await database.db.findOne(leaseTable, { where: { name: ranName(name) } })
  if (known !== null) return known.until
  try {
    await database.db.insert(leaseTable, { name: ranName(name), holder: 'schedule', until: now })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  return now
}
