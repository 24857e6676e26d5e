import { createI18n, type MessageCompiler, type MessageContext } from 'vue-i18n'
import { zhCN } from './zh-CN.ts'

export type Language = 'zh-CN' | 'en'
export type Messages = typeof zhCN

const storageKey = 'language'

/** Chinese unless the person chose English on this device. */
export function chosenLanguage(storage: Storage): Language {
  return storage.getItem(storageKey) === 'en' ? 'en' : 'zh-CN'
}

export function rememberLanguage(storage: Storage, language: Language): void {
  storage.setItem(storageKey, language)
}

/** Our texts know only `{name}`. The library's own compiler (plurals, links, HTML) would cost 9 KB on the first load. */
const fillNames: MessageCompiler = (message) => {
  const text = String(message)
  return (context: MessageContext) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(context.named(name)))
}

type Groups = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * The texts of the screens; those of another language are fetched when it is chosen. `more`: groups that only one of
 * the two pages needs.
 */
export async function createTexts(language: Language, more: Readonly<Record<Language, Groups>> = { 'zh-CN': {}, 'en': {} }) {
  const texts = createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: 'zh-CN',
    messageCompiler: fillNames,
    messages: {
      'zh-CN': { ...zhCN, ...more['zh-CN'] },
      'en': language === 'en' ? { ...(await import('./en.ts')).en, ...more.en } : { ...zhCN, ...more['zh-CN'] },
    },
  })
  document.documentElement.lang = language
  return texts
}
export type Texts = Awaited<ReturnType<typeof createTexts>>
