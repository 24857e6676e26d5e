import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { starterEntries } from '../../server/screening/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'scrm-words-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'server/cli/screening.ts', ...args], { input, encoding: 'utf8', env: { ...process.env, DATABASE_URL: `sqlite:${join(folder, 'none.db')}` } })
  return { status, stderr, lines: stdout.trim().split('\n') }
}
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('S39 the screening on the command line', () => {
  it('scan answers line by line, with words and hosts in addition', () => {
    const asked = [{ id: 1, text: '我们卖蓝色小花' }, { id: 'b', text: '😀赌 博 https://my.cn/a' }].map((one) => JSON.stringify(one)).join('\n')
    const { status, lines } = run(['scan', '--words', file('words.txt', '蓝色小花\n'), '--hosts', 'x.cn,my.cn'], asked)
    expect(status).toBe(0)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { id: 1, verdict: 'block', hits: [{ start: 3, end: 7, category: 'other', word: '蓝色小花', reason: 'word' }] },
      { id: 'b', verdict: 'block', hits: [{ start: 2, end: 5, category: 'gambling', word: '赌博', reason: 'word.disguised' }] },
    ])
  })
  it('bad lines and files are named, with exit code 2', () => {
    expect(run(['scan'], '{"id":1}\n{"id":2,"text":"您好"}')).toMatchObject({ status: 2, stderr: 'line 1: not a JSON object with id and text\n', lines: ['{"id":2,"verdict":"pass","hits":[]}'] })
    const bad = file('bad.csv', '词语\n一\n')
    expect(run(['scan', '--words', bad])).toMatchObject({ status: 2, stderr: `${bad}:2: too-short\n` })
    expect(run(['eval', join(folder, 'nothing')]).status).toBe(2)
  })
  it('words prints the list, eval the quality', () => {
    expect(run(['words']).lines).toHaveLength(starterEntries.length + 1)
    const { status, lines } = run(['eval', file('set.jsonl', '{"text":"赌博","label":"risky","technique":"plain"}\n{"text":"您好","label":"clean","technique":""}\n')])
    expect(status).toBe(0)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ lines: 2, recall: 1, falsePositiveRate: 0, techniques: { plain: 1 } })
  })
})
