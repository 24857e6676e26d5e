import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instrument, type Mutant } from './mutate.ts'

/** The evaluator and the compiler of SQL with what they read, the dangerous ones first; then what decides whether a change only narrows. */
export const provenFiles: readonly string[] = [
  ...[
    'decide', 'filter', 'row-filter', 'sql', 'compile', 'fields', 'presentation', 'grant-sources', 'facts', 'atoms', 'bits', 'tree', 'template-cells', 'template-rules',
    'frame', 'situation', 'policy', 'rule-words', 'units', 'company-policy', 'reveal', 'taken', 'explain', 'explain-field', 'kept-by-bits', 'access-clock', 'role-limits', 'covers', 'lifted',
  ].map((name) => `server/access/${name}.ts`),
  'shared/access/operations.ts', 'shared/access/never-temporary.ts', 'server/policy/narrowing.ts',
]

const copied = ['server', 'shared', 'migrations', 'test', 'package.json', 'tsconfig.json', 'vite.config.ts']

/** A copy of the project in which each rule can be broken by its number. */
export interface Copy {
  readonly folder: string
  readonly mutants: readonly Mutant[]
  /** The unbroken text of the files with mutants. */
  readonly sources: ReadonlyMap<string, string>
  remove(): void
}

/** Copies the project and puts the mutants of these files into it. */
export function copyWithMutants(files: readonly string[] = provenFiles): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-mutants-'))
  for (const name of copied) cpSync(name, join(folder, name), { recursive: true })
  symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'))
  const mutants: Mutant[] = []
  const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
  for (const [file, source] of sources) {
    const instrumented = instrument(file, source, mutants.length)
    mutants.push(...instrumented.mutants)
    writeFileSync(join(folder, file), `// @ts-nocheck\n${instrumented.text}`)
  }
  return { folder, mutants, sources, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The tests of a folder of the copy, not of those below it. */
export function testsIn(copy: Copy, folder: string): string[] {
  return readdirSync(join(copy.folder, folder)).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`).sort()
}
