const minute = 60_000

/** When it is read again, by how often it was: most people confirm soon or hours later. */
const intervals = [minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute]

export const nextReadingAt = (now: number, polls: number): number => now + (intervals[Math.min(polls, intervals.length - 1)] ?? minute)

/** WeCom is still handing the task out (41063), or does not say anything of use: soon again. */
export const soonMs = 10_000

/** How long after its confirmation the results of a task are read. */
export const resultsMs = 24 * 3_600_000

/** Nothing is made or left unconfirmed later than this after the time it was planned for. */
export const lifetimeMs = 72 * 3_600_000

/** When a sender who has not confirmed is reminded, after the task was made: three times, which is what WeCom allows a day (path/97610). */
export const remindAfterMs: readonly number[] = [2 * 3_600_000, 5 * 3_600_000, 9 * 3_600_000]
