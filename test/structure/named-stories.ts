import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A test or group of tests that names a story or trap. */
export interface NamedTest {
  readonly file: string
  readonly story: string
  readonly title: string
  /** Whether a person's requests are answered by the running app, or the rules are asked alone. */
  readonly level: 'http' | 'rules'
  /** Marked to be left out, or to be the only one. */
  readonly isOff: boolean
}

const folders = ['test', 'server', 'shared', 'sidebar']
/** Helpers that start the app, or a server that speaks HTTP. */
const startsTheApp = /\b(storyApp|sendingCompany|testApp|busyCompany|startStage|approvingCompany|matrixCompany|loadMatrix|buildMatrix)\b|support\/(story-app|test-app|busy-company|stage)|matrix-company|fetch\(/
/** `it('S01 …')`, `it.each([…])('S01 …')`, `describe.each(…)('S55 …')`; several names may begin a title. */
const titles = /\b(it|test|describe)((?:\.\w+)*)(?:<[^\n]*?>)?\(?[^\n]*?['"`]((?:[ST]\d\d[ ,:]+)+)((?:[^'"`\\\n]|\\.)*)/g

/** Every named test below these folders. */
export function findNamedTests(root: string): NamedTest[] {
  return folders.flatMap((folder) => filesBelow(join(root, folder))).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const file = path.slice(root.length + 1)
    return namedIn(text).map((found) => ({ ...found, file, level: startsTheApp.test(text) ? 'http' as const : 'rules' as const }))
  })
}

export function namedIn(text: string): Pick<NamedTest, 'story' | 'title' | 'isOff'>[] {
  return [...text.matchAll(titles)].flatMap(([, , modifiers = '', names = '', title = '']) =>
    (names.match(/[ST]\d\d/g) ?? []).map((story) => ({ story, title, isOff: /\.(skip|todo|only|fails)\b/.test(modifiers) })))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    // The check's own examples are no tests.
    return entry.name.endsWith('.test.ts') && entry.name !== 'named-stories.test.ts' ? [path] : []
  })
}
