import type { Core } from './core.ts'
import { WecomFault } from './fault.ts'

const writing = new WeakMap<Core, Set<string>>()

/** Does `work`; a second writer of the same `keys` meanwhile gets 45035 and must come again (WeCom doc path/90313). */
export async function oneWriter<T>(core: Core, keys: readonly string[], work: () => T): Promise<T> {
  const busy = writing.get(core) ?? new Set<string>()
  writing.set(core, busy)
  if (keys.some((key) => busy.has(key))) throw new WecomFault(45035)
  for (const key of keys) busy.add(key)
  try {
    await new Promise((resolve) => { setTimeout(resolve, core.options.strict?.writeBusyMs ?? 5) })
    return work()
  } finally {
    for (const key of keys) busy.delete(key)
  }
}
