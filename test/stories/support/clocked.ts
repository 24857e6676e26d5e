export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
const shanghaiMs = 8 * hourMs

/** A clock that a story sets forward. It runs with the machine until then, because callbacks that are an hour off are refused. */
export interface StoryClock {
  readonly now: () => number
  /** Stands still at one minute past ten of the next morning of the company. */
  nextMorning(): void
  forward(ms: number): void
}

export function storyClock(): StoryClock {
  let stood: number | null = null
  const now = () => stood ?? Date.now()
  return {
    now,
    nextMorning: () => { stood = (Math.floor((now() + shanghaiMs) / dayMs) + 1) * dayMs - shanghaiMs + 10 * hourMs + 60_000 },
    forward: (ms) => { stood = now() + ms },
  }
}
