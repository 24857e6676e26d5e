import type { DataSource } from 'typeorm'
import type { Clock } from './ports.ts'
import { createSequence, type Sequence } from './sequence.ts'
import { createWakeup, type Wakeup } from './wakeup.ts'

/** What all parts of the job system share in one process. */
export interface ProcessParts {
  readonly sequence: Sequence
  readonly wakeup: Wakeup
  /** Rows are written with the clock of the worker that reads them. */
  clock: Clock
  /** The tables whose highest number has been read. */
  readonly seeded: Set<'inbox' | 'outbox'>
}

/** Bound to the database, not to the module: a command knows only its unit of work, and two databases share nothing. */
const partsOfSource = new WeakMap<DataSource, ProcessParts>()

export function processParts(source: DataSource): ProcessParts {
  const known = partsOfSource.get(source)
  if (known !== undefined) return known
  const parts: ProcessParts = { sequence: createSequence(), wakeup: createWakeup(), clock: Date.now, seeded: new Set() }
  partsOfSource.set(source, parts)
  return parts
}

/** The wake-ups between writers and workers of one database, to be relayed to other processes. */
export function wakeupOf(database: { readonly source: DataSource }): Wakeup {
  return processParts(database.source).wakeup
}
