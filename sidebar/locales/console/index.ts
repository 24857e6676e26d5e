import { accessTexts } from './access.ts'
import { oversightTexts } from './oversight.ts'
import { peopleTexts } from './people.ts'
import { shellTexts } from './shell.ts'

/** Texts of the console beside those that it shares with the sidebar, one file per area. The sidebar never loads them. */
export const consoleAreas = { access: accessTexts, oversight: oversightTexts, people: peopleTexts, shell: shellTexts } as const

export const consoleTexts = {
  'zh-CN': { ...accessTexts['zh-CN'], ...oversightTexts['zh-CN'], ...peopleTexts['zh-CN'], ...shellTexts['zh-CN'] },
  'en': { ...accessTexts.en, ...oversightTexts.en, ...peopleTexts.en, ...shellTexts.en },
} as const
