/** Lets the event loop go on when this long work has had it for a while: requests must not wait for it. */
export type Pause = () => Promise<void>

export function createPause(everyMs = 12): Pause {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < everyMs) return
    await new Promise((resolve) => setImmediate(resolve))
    began = performance.now()
  }
}
