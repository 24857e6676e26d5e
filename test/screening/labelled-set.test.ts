import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createScreener, evaluate, LabelledLine, problemOfWord, starterEntries } from '../../server/screening/index.ts'
import { labelledSet } from './build-set.ts'
import { tableFiles } from './build-tables.ts'

const screener = createScreener({ entries: starterEntries, hosts: ['shop.example.com'], blockedHosts: [] })
const linesOf = async (name: string) => (await readFile(new URL(`set/${name}.jsonl`, import.meta.url), 'utf8')).trim().split('\n').map((line) => LabelledLine.parse(JSON.parse(line)))

describe('S39 the screening on the labelled set', () => {
  it.each(['seen', 'held-out'])('recall of at least 0.986, at most one clean line in 200 blocked: the half %s', async (name) => {
    const quality = evaluate(screener, await linesOf(name))
    expect(quality.risky).toBeGreaterThan(700)
    expect(quality.clean).toBeGreaterThan(300)
    expect(quality.recall, quality.missed.map((line) => line.text).join('\n')).toBeGreaterThanOrEqual(0.986)
    expect(quality.blocked / quality.clean, quality.falseAlarms.map((line) => line.text).join('\n')).toBeLessThanOrEqual(0.005)
    for (const one of quality.techniques) expect(one.found / one.lines, one.technique).toBeGreaterThanOrEqual(0.85)
  })
  it('the set has 2,000 lines and is what its script makes', async () => {
    const lines = [...await linesOf('seen'), ...await linesOf('held-out')]
    expect(lines.length).toBeGreaterThanOrEqual(2000)
    expect(lines).toEqual(Object.values(labelledSet()).flat())
  })
  it('the starter list has each word once, and each can be searched for', () => {
    const words = starterEntries.map((entry) => entry.word)
    expect(words.filter((word, place) => words.indexOf(word) !== place)).toEqual([])
    expect(words.filter((word) => problemOfWord(word) !== null)).toEqual([])
  })
  it('the character tables are what their script makes', async () => {
    for (const [name, content] of Object.entries(await tableFiles())) expect(await readFile(new URL(`../../server/screening/tables/${name}`, import.meta.url), 'utf8'), name).toBe(content)
  })
})
