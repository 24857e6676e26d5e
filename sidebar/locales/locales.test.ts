import { describe, expect, it } from 'vitest'
import { sources as customerSources, stages } from '#shared/contracts/customers'
import { consoleAreas, consoleTexts } from './console/index.ts'
import { en as sharedEn } from './en.ts'
import { createTexts } from './i18n.ts'
import { zhCN as sharedZhCN } from './zh-CN.ts'

/** Those of both pages and those of the console alone. */
const zhCN = { ...sharedZhCN, ...consoleTexts['zh-CN'] }
const en = { ...sharedEn, ...consoleTexts.en }

type Groups = Readonly<Record<string, Readonly<Record<string, string>>>>
const languages: [string, Groups][] = [['zh-CN', sharedZhCN], ['en', sharedEn], ...Object.entries(consoleAreas).flatMap(([area, texts]): [string, Groups][] => [[`zh-CN, ${area}`, texts['zh-CN']], [`en, ${area}`, texts.en]])]

const keysOf = (groups: Groups): string[] => Object.entries(groups).flatMap(([group, texts]) => Object.keys(texts).map((key) => `${group}.${key}`))
const placesOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort()

const sources: Readonly<Record<string, string>> = import.meta.glob(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts'], { query: '?raw', import: 'default', eager: true })

describe('texts', () => {
  it('are the same keys in both languages', () => {
    expect(keysOf(en).sort()).toEqual(keysOf(zhCN).sort())
  })

  it('have the same places in both languages', () => {
    const english: Groups = en
    for (const [group, texts] of Object.entries(zhCN)) {
      for (const [key, text] of Object.entries(texts)) expect([key, placesOf(english[group]?.[key] ?? '')]).toEqual([key, placesOf(text)])
    }
  })

  it('of the console have group names of their own', () => {
    expect(Object.keys(consoleTexts['zh-CN']).filter((group) => group in sharedZhCN)).toEqual([])
    const names = Object.values(consoleAreas).flatMap((texts) => Object.keys(texts['zh-CN']))
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(languages)('of %s are sorted in groups', (_, groups) => {
    expect(Object.keys(groups)).toEqual(Object.keys(groups).sort())
    for (const texts of Object.values(groups)) expect(Object.keys(texts)).toEqual(Object.keys(texts).sort())
  })

  it('name the stages like the contract', () => {
    for (const [stage, words] of Object.entries(stages)) {
      expect([stage, new Map(Object.entries(zhCN.stage)).get(stage)]).toEqual([stage, words.zh])
      expect([stage, new Map(Object.entries(en.stage)).get(stage)]).toEqual([stage, words.en])
    }
  })

  it('name the sources like the contract', () => {
    for (const [source, words] of Object.entries(customerSources)) {
      expect([source, new Map(Object.entries(zhCN.source)).get(source)]).toEqual([source, words.zh])
      expect([source, new Map(Object.entries(en.source)).get(source)]).toEqual([source, words.en])
    }
  })

  it('are known wherever they are named', () => {
    const known = new Set(keysOf(zhCN))
    const named = Object.values(sources).flatMap((source) => [...source.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1] ?? ''))
    expect(named.length).toBeGreaterThan(80)
    expect(named.filter((key) => !known.has(key))).toEqual([])
  })

  it('are Chinese first, and English when chosen', async () => {
    const chinese = await createTexts('zh-CN')
    expect(chinese.global.t('customer.orders', { count: 3 })).toBe('3 单')
    const english = await createTexts('en')
    expect(english.global.t('customer.orders', { count: 3 })).toBe('3 orders')
  })
})
