import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isEquivalent } from './equivalent.ts'
import { instrument, type Mutant } from './mutate.ts'

/** The evaluator and the compiler of SQL, with what they read. */
const files = [
  'atoms', 'bits', 'company-policy', 'compile', 'decide', 'explain', 'facts', 'fields', 'frame', 'grant-sources', 'kept-by-bits', 'policy', 'presentation',
  'row-filter', 'rule-words', 'situation', 'sql', 'tree', 'units',
].map((name) => `server/access/${name}.ts`)
/** What is asked about those that the comparison leaves alive. */
const unitTests = ['server/access', 'test/access/service.test.ts', 'test/access/stories']
const copied = ['server', 'shared', 'migrations', 'test', 'package.json', 'tsconfig.json', 'vite.config.ts']
/** Longer than the slowest company takes; whatever says nothing for so long hangs. */
const patienceMs = 60_000

export interface MutantOptions {
  /** Every how many-th mutant is tried; 1 for all. */
  readonly every: number
  /** Whether the unit tests are asked about those that the comparison leaves alive; that takes long. */
  readonly withUnitTests: boolean
}

/** Breaks each rule once and looks who notices. Prints a table; returns how many nobody noticed. */
export async function proveMutants({ every, withUnitTests }: MutantOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-mutants-'))
  try {
    const all = copyWithMutants(folder)
    const chosen = all.filter((mutant) => mutant.id % every === 0 && isEquivalent(mutant) === null)
    console.log(`${all.length} mutants of ${files.length} files, ${all.filter((mutant) => isEquivalent(mutant) !== null).length} of them known to mean the same; trying ${chosen.length}`)
    const killedBy = new Map<number, string>()
    await tryTogether(folder, chosen.filter((mutant) => !mutant.atLoad).map((mutant) => mutant.id), killedBy)
    for (const mutant of chosen.filter((one) => one.atLoad)) await tryTogether(folder, [mutant.id], killedBy)
    for (const mutant of withUnitTests ? chosen.filter((one) => !killedBy.has(one.id)) : []) {
      const failing = failingUnitTest(folder, mutant.id)
      if (failing !== null) killedBy.set(mutant.id, failing)
    }
    return report(chosen, killedBy)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function copyWithMutants(folder: string): Mutant[] {
  for (const name of copied) cpSync(name, join(folder, name), { recursive: true })
  symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'))
  const mutants: Mutant[] = []
  for (const file of files) {
    const instrumented = instrument(file, readFileSync(file, 'utf8'), mutants.length)
    mutants.push(...instrumented.mutants)
    writeFileSync(join(folder, file), `// @ts-nocheck\n${instrumented.text}`)
  }
  return mutants
}

/** One process tries them one after another; one that hangs is ended, and the rest goes on in another. */
async function tryTogether(folder: string, ids: readonly number[], killedBy: Map<number, string>): Promise<void> {
  let left = [...ids]
  while (left.length > 0) {
    const done = await tryInProcess(folder, left, killedBy)
    const [hanging, ...rest] = left.slice(done)
    if (hanging !== undefined) killedBy.set(hanging, 'ends the process, or never ends')
    left = rest
  }
}

function tryInProcess(folder: string, ids: readonly number[], killedBy: Map<number, string>): Promise<number> {
  const [first, ...others] = ids
  const env = { ...process.env, ...others.length === 0 ? { MUTANT: String(first) } : {} }
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/prove/kill.ts', ids.join()], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve) => {
    let done = 0
    let timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(timer)
      timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      const answer = /^MUTANT (\d+) (.*)$/.exec(line)
      if (answer === null) return
      done += 1
      if (answer[2] !== 'survives') killedBy.set(Number(answer[1]), answer[2] ?? '')
      if (done % 50 === 0) console.log(`${done} of ${ids.length} tried`)
    })
    child.on('close', () => {
      clearTimeout(timer)
      resolve(done)
    })
  })
}

function failingUnitTest(folder: string, id: number): string | null {
  const run = spawnSync('npx', ['vitest', 'run', '--project', 'server', '--bail', '1', '--reporter', 'json', ...unitTests], { cwd: folder, env: { ...process.env, MUTANT: String(id) }, encoding: 'utf8' })
  if (run.status === 0) return null
  return /"fullName":"([^"]*)","status":"failed"/.exec(run.stdout)?.[1] ?? 'the unit tests do not start'
}

function report(mutants: readonly Mutant[], killedBy: ReadonlyMap<number, string>): number {
  const rows = mutants.map((mutant) => `| ${mutant.file.replace('server/access/', '')}:${mutant.line} | \`${cut(mutant.before)}\` → \`${cut(mutant.after)}\` | ${killedBy.get(mutant.id) ?? '**nobody**'} |`)
  console.log(['| where | mutant | killed by |', '|---|---|---|', ...rows].join('\n'))
  const survivors = mutants.filter((mutant) => !killedBy.has(mutant.id))
  console.log(`${mutants.length - survivors.length} of ${mutants.length} killed`)
  for (const one of survivors) console.log(`SURVIVES ${one.file}:${one.line} ${one.before} → ${one.after}`)
  return survivors.length
}

const cut = (text: string) => (text.length > 90 ? `${text.slice(0, 90)}…` : text).replaceAll('|', '\\|').replaceAll('`', '´')
