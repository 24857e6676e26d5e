import { describe, expect, it } from 'vitest'
import { createScreener } from './screener.ts'
import { readWordFile, TooManyEntries, writeWordFile } from './word-file.ts'
import { TooManyWords } from './words/automaton.ts'

describe('S39 word lists from files', () => {
  it('plain lines, CSV, comments; bad lines by number', async () => {
    const read = await readWordFile(['\ufeffword,kind,category,disguises,note', '赌博', '', '# so', '"a,b",review,other,,"x ""y"""', '毒,block', '好。友', '词语,stop', '词语,block,nowhere', '词语,block,other,smell', '"词', `${'长'.repeat(65)}`, '𠀀𠀁', '拒绝赌博,allow'])
    expect(read.entries.map((entry) => [entry.word, entry.kind, entry.category, entry.disguises.length, entry.note])).toEqual([['赌博', 'block', 'other', 4, ''], ['a,b', 'review', 'other', 0, 'x "y"'], ['拒绝赌博', 'allow', 'other', 0, '']])
    expect(read.problems).toEqual([[6, 'too-short'], [7, 'sentence-end'], [8, 'bad-kind'], [9, 'bad-category'], [10, 'bad-disguise'], [11, 'bad-quotes'], [12, 'too-long'], [13, 'unsearchable']].map(([line, problem]) => ({ line, problem })))
  })
  it('what is written is read again', async () => {
    const { entries } = await readWordFile(['"a,b",review,other,sound|split,"x ""y"""', '赌博,block,gambling,,x', '拒绝赌博,allow,,,'])
    expect((await readWordFile(writeWordFile(entries))).entries).toEqual(entries)
  })
  it('a million lines end with a clear error after the documented limit, without being held', async () => {
    let given = 0
    function* lines() {
      for (let line = 0; line < 1_000_000; line += 1) {
        given += 1
        yield `词语${line.toString(36)}甲`
      }
    }
    await expect(readWordFile(lines())).rejects.toThrow(TooManyEntries)
    expect(given).toBe(200_001)
  })
  it('more states than memory allows are refused', () => {
    const entries = Array.from({ length: 70_000 }, (_, place) => ({ word: `${String.fromCharCode(0x4e00 + place % 20_000, 0x4e00 + Math.floor(place / 20))}${'词'.repeat(30)}`, kind: 'block' as const, category: 'other' as const, disguises: [], note: '' }))
    expect(() => createScreener({ entries, hosts: [], blockedHosts: [] })).toThrow(TooManyWords)
  })
})
