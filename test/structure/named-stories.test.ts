import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findNamedTests, namedIn } from './named-stories.ts'

const range = (letter: string, from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => `${letter}${String(from + place).padStart(2, '0')}`)

/** The stories and traps that must be proven. One more is added here when its domain arrives. */
const proven = [...range('S', 1, 26), 'S31', ...range('S', 37, 44), 'S48', 'S50', 'S51', 'S52', 'S54', 'S55', ...range('T', 1, 14), 'T16', 'T19']

/** Not over HTTP yet: nothing there can be asked about it. */
const notOverHttp: Readonly<Record<string, string>> = {
  S23: 'a coupon is a broadcast of a journey node; neither has routes yet',
}
/** Not about rules: there is nothing to ask the engine. */
const notAboutRules: Readonly<Record<string, string>> = {
  S31: 'how a scan arrives',
  S41: 'whom an exclusive template reaches is worked out by a query',
  S42: 'the company\'s night: a clock, no rules of access',
  T08: 'which events a timeline holds is read from tables by the customer of the route',
  T14: 'how callbacks are kept',
  T19: 'an edit is a transaction over tables',
  T16: 'what stays when the last follower leaves',
}

describe('named tests of stories and traps', () => {
  const found = findNamedTests(fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, ''))
  const at = (level: 'http' | 'rules') => new Set(found.filter((one) => one.level === level && !one.isOff).map((one) => one.story))

  it('are there over HTTP for every story, except where nothing can be asked yet', () => {
    const there = at('http')
    expect(proven.filter((story) => !there.has(story) && notOverHttp[story] === undefined)).toEqual([])
    expect(Object.keys(notOverHttp).filter((story) => there.has(story)), 'is told over HTTP: take it off the list').toEqual([])
  })

  it('are there for the rules alone, except where there are none', () => {
    const there = at('rules')
    expect(proven.filter((story) => !there.has(story) && notAboutRules[story] === undefined)).toEqual([])
  })

  it('are none of them left out', () => {
    expect(found.filter((one) => one.isOff).map((one) => `${one.file}: ${one.story} ${one.title}`)).toEqual([])
  })

  it('are found however they are written', () => {
    const written = [
      `  it('S01 a manager', async () => {`, `  it("S02: two", () => {`, `  it.each<[StoryKind]>([['grant']])('S03 a %s', async () => {`, `describe.each(await testDatabaseKinds())('S04 cards, on %s', (kind) => {`,
      `  it('S05 T09 both', () => {`, `  it('S06, T11: both', () => {`, `  it.skip('S07 left out', () => {`, '  it(`T13 each of ${count} types`, () => {', `  // it is S08 that`, `  expect(it).toBe(1)`,
    ].join('\n')
    expect(namedIn(written).map((one) => `${one.story}${one.isOff ? ' off' : ''}`)).toEqual(['S01', 'S02', 'S03', 'S04', 'S05', 'T09', 'S06', 'T11', 'S07 off', 'T13'])
  })
})
