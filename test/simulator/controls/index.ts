import type { ApiParts } from '../api-server.ts'
import { broadcastControls } from './broadcasts.ts'
import { cardControls } from './cards.ts'
import { customerControls } from './customers.ts'
import { groupControls } from './groups.ts'
import { kfControls } from './kf.ts'
import { serviceControls } from './service.ts'
import type { Clock } from './service.ts'
import { staffControls } from './staff.ts'
import { tagControls } from './tags.ts'

/** Everything a person, a test or the page can do to the simulated WeCom. */
export function createControls(parts: ApiParts, clock: Clock) {
  const { core } = parts
  return {
    ...customerControls(core), ...staffControls(core), ...cardControls(core), ...tagControls(core), ...kfControls(core), ...broadcastControls(core), ...groupControls(core),
    ...serviceControls(parts, clock),
  }
}

export type Controls = ReturnType<typeof createControls>
