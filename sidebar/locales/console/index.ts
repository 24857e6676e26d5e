import { shellTexts } from './shell.ts'

/** Texts of the console beside those that it shares with the sidebar, one file per area. The sidebar never loads them. */
export const consoleTexts = {
  'zh-CN': { ...shellTexts['zh-CN'] },
  'en': { ...shellTexts.en },
} as const
