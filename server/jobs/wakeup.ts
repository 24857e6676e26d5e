/** Says "look now" to workers. SQL holds the truth: a lost wake-up costs at most one sweep. */
export interface Wakeup {
  /** Tells the workers of this process, and through the relay those of others. */
  wake(topic: string): void
  /** Calls `run` for each wake-up of `topic`; the result ends that. */
  onWake(topic: string, run: () => void): () => void
  /** Passes on a wake-up that came from another process. */
  deliver(topic: string): void
  /** Hands every wake-up of this process to `send` too, such as a Redis channel. */
  relayTo(send: (topic: string) => void): void
}

/** Wake-ups inside one process. */
export function createWakeup(): Wakeup {
  const listeners = new Map<string, Set<() => void>>()
  let relay: ((topic: string) => void) | null = null
  const deliver = (topic: string): void => {
    for (const run of listeners.get(topic) ?? []) run()
  }
  return {
    wake: (topic) => {
      deliver(topic)
      relay?.(topic)
    },
    onWake: (topic, run) => {
      const runs = listeners.get(topic) ?? new Set()
      listeners.set(topic, runs.add(run))
      return () => void runs.delete(run)
    },
    deliver,
    relayTo: (send) => {
      relay = send
    },
  }
}
