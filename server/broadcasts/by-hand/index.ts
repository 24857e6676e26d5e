import type { OutboxHandler } from '../../jobs/index.ts'
import type { HandOptions } from './hand-options.ts'
import { readEffect } from './read-broadcast.ts'
import { listEffect } from './read-lists.ts'
import { findingEffect } from './tell-superiors.ts'

/** Broadcasts that staff send by hand in WeCom's client: read, counted, reported; they cannot be stopped. */
export const handEffects = (options: HandOptions): [string, OutboxHandler][] => [listEffect(options), readEffect(options), findingEffect(options)]
