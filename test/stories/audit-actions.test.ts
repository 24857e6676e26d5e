import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { trailTexts } from '../../sidebar/locales/console/trail.ts'

const root = join(import.meta.dirname, '..', '..')
const sources = readdirSync(join(root, 'server'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'server', name), 'utf8'))

/** Every action that the code names: a word, a dot, and more. */
const written = new Set(sources.flatMap((source) => [...source.matchAll(/(?:\baction: |\bentry\()'([a-z]+(?:\.[a-z-]+)+)'/g)].map((match) => match[1] ?? '')))

/** The first column of the table of actions. */
const section = /\n## Audit\n([\s\S]*?)\n## /.exec(readFileSync(join(root, 'docs', 'architecture.md'), 'utf8'))?.[1] ?? ''
const named = section.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))

describe('the actions of the audit', () => {
  it('are all in the table of docs/architecture.md, so that somebody who searches knows what to search for', () => {
    expect(written.size).toBeGreaterThan(10)
    expect([...written].filter((action) => !named.includes(action)).sort()).toEqual([])
  })

  it('stand there once each, in a form that a search takes', () => {
    expect(named.filter((action, place) => named.indexOf(action) !== place)).toEqual([])
    for (const action of named) expect(action).toMatch(/^[a-z]+(\.[a-z-]+)+$/)
  })

  it.each(Object.entries(trailTexts))('have words in %s, each its own, and no words are left of an action that is gone', (_, { auditAction: words }) => {
    const worded = new Map(Object.entries(words).map(([key, label]) => [key.replace('_', '.'), label]))
    expect([...worded.keys()].sort()).toEqual([...named].sort())
    expect(new Set(worded.values()).size).toBe(worded.size)
  })
})
