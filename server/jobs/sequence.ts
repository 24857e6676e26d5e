/** Numbers in the order in which they were asked for. */
export interface Sequence {
  /** Larger than every number before it; `now` in ms keeps the numbers of several processes roughly in the order of time. */
  next(now: number): number
  /** Makes sure that no later number is `floor` or smaller: what an earlier process has used. */
  raiseTo(floor: number): void
}

/** 1,024 numbers per millisecond keep the result below 2^53 until the year 2248. */
const perMs = 1024

/** When a number was given out, in ms (later only if more than 1,024 were asked for in one ms). */
export function timeOfSeq(seq: number): number {
  return Math.floor(seq / perMs)
}

export function createSequence(): Sequence {
  let last = 0
  return {
    next: (now) => {
      last = Math.max(last + 1, now * perMs)
      return last
    },
    raiseTo: (floor) => {
      last = Math.max(last, floor)
    },
  }
}
