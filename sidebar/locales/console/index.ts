import { accessTexts } from './access.ts'
import { figuresTexts } from './figures.ts'
import { oversightTexts } from './oversight.ts'
import { peopleTexts } from './people.ts'
import { shellTexts } from './shell.ts'

/** Texts of the console beside those that it shares with the sidebar, one file per area. The sidebar never loads them. */
export const consoleAreas = { access: accessTexts, figures: figuresTexts, oversight: oversightTexts, people: peopleTexts, shell: shellTexts } as const

export const consoleTexts = {
  'zh-CN': { ...accessTexts['zh-CN'], ...figuresTexts['zh-CN'], ...oversightTexts['zh-CN'], ...peopleTexts['zh-CN'], ...shellTexts['zh-CN'] },
  'en': { ...accessTexts.en, ...figuresTexts.en, ...oversightTexts.en, ...peopleTexts.en, ...shellTexts.en },
} as const
