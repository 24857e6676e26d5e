import { accessTexts } from './access.ts'
import { broadcastTexts } from './broadcasts.ts'
import { figuresTexts } from './figures.ts'
import { groupTexts } from './groups.ts'
import { handBroadcastTexts } from './hand-broadcasts.ts'
import { integrationTexts } from './integration.ts'
import { oversightTexts } from './oversight.ts'
import { peopleTexts } from './people.ts'
import { publishingTexts } from './publishing.ts'
import { screeningTexts } from './screening.ts'
import { shellTexts } from './shell.ts'
import { templatesTexts } from './templates.ts'
import { trailDetailTexts } from './trail-details.ts'
import { trailTexts } from './trail.ts'

/** Texts of the console beside those that it shares with the sidebar, one file per area. The sidebar never loads them. */
export const consoleAreas = {
  access: accessTexts, broadcasts: broadcastTexts, figures: figuresTexts, groups: groupTexts, handBroadcasts: handBroadcastTexts, integration: integrationTexts, oversight: oversightTexts, people: peopleTexts, publishing: publishingTexts, screening: screeningTexts, shell: shellTexts, templates: templatesTexts, trail: trailTexts, trailDetails: trailDetailTexts,
} as const

export const consoleTexts = {
  'zh-CN': {
    ...accessTexts['zh-CN'], ...broadcastTexts['zh-CN'], ...figuresTexts['zh-CN'], ...groupTexts['zh-CN'], ...handBroadcastTexts['zh-CN'], ...integrationTexts['zh-CN'], ...oversightTexts['zh-CN'], ...peopleTexts['zh-CN'], ...publishingTexts['zh-CN'], ...screeningTexts['zh-CN'], ...shellTexts['zh-CN'], ...templatesTexts['zh-CN'],
    ...trailTexts['zh-CN'], ...trailDetailTexts['zh-CN'],
  },
  'en': { ...accessTexts.en, ...broadcastTexts.en, ...figuresTexts.en, ...groupTexts.en, ...handBroadcastTexts.en, ...integrationTexts.en, ...oversightTexts.en, ...peopleTexts.en, ...publishingTexts.en, ...screeningTexts.en, ...shellTexts.en, ...templatesTexts.en, ...trailTexts.en, ...trailDetailTexts.en },
} as const
