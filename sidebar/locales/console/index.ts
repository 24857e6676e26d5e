import { accessTexts } from './access.ts'
import { shellTexts } from './shell.ts'

/** Texts of the console beside those that it shares with the sidebar, one file per area. The sidebar never loads them. */
export const consoleAreas = { access: accessTexts, shell: shellTexts } as const

export const consoleTexts = {
  'zh-CN': { ...accessTexts['zh-CN'], ...shellTexts['zh-CN'] },
  'en': { ...accessTexts.en, ...shellTexts.en },
} as const
