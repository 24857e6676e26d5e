import type { BroadcastPorts } from './broadcasts/index.ts'
import { staffLevelsOf } from './organization/index.ts'
import type { Outreach } from './outreach/index.ts'
import { fillTemplate, senderValuesOf, usableTemplate } from './templates/index.ts'

/** Templates and outreach as broadcasts reach them. */
export function portsOver(outreach: Outreach): BroadcastPorts {
  return {
    templates: {
      usable: usableTemplate,
      fill: fillTemplate,
      valuesOf: senderValuesOf,
      levelsOf: staffLevelsOf,
    },
    outreach,
  }
}
