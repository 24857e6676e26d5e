import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Killed } from './compare-killer.ts'
import type { Copy } from './copy.ts'

/** So many are asked about in one process; if one of them hangs, the halves are asked alone. */
const together = 60
const patienceMs = 90_000
const asked = 'test/prove/asked.test.ts'

/**
 * Runs the tests of these files once for each mutant, all in one process of vitest, which loads the product only once. Without
 * a server of MySQL: what a rule means does not depend on the database, and the comparison on both is the proof of that.
 */
export function killByTests(copy: Copy, tests: readonly string[], ids: readonly number[], killed: Killed): void {
  if (tests.length === 0) return
  const alone = (id: number) => copy.mutants[id]?.atLoad === true
  const rest = ids.filter((id) => !alone(id))
  for (let start = 0; start < rest.length; start += together) runOrHalve(copy.folder, tests, rest.slice(start, start + together), killed, {})
  for (const id of ids.filter(alone)) runOrHalve(copy.folder, tests, [id], killed, { MUTANT: String(id) })
}

function runOrHalve(folder: string, tests: readonly string[], ids: readonly number[], killed: Killed, env: Readonly<Record<string, string>>): void {
  const failing = run(folder, tests, ids, env)
  if (failing !== null) {
    for (const [id, name] of failing) killed.set(id, name)
  } else if (ids.length === 1) {
    for (const id of ids) killed.set(id, 'the tests never end')
  } else {
    const half = Math.ceil(ids.length / 2)
    for (const part of [ids.slice(0, half), ids.slice(half)]) runOrHalve(folder, tests, part, killed, env)
  }
}

/** The first failing test of each mutant, or null when there is no end. */
function run(folder: string, tests: readonly string[], ids: readonly number[], env: Readonly<Record<string, string>>): ReadonlyMap<number, string> | null {
  writeFileSync(join(folder, asked), program(tests, ids))
  const { status, stdout, signal } = spawnSync('npx', ['vitest', 'run', '--project', 'server', '--reporter', 'json', asked], {
    cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30, timeout: patienceMs + ids.length * tests.length * 1_000, killSignal: 'SIGKILL',
    env: { ...process.env, ...env, CI: '', TEST_MYSQL_URL: 'mysql://127.0.0.1:9' },
  })
  if (signal !== null || status === null) return null
  const failing = new Map<number, string>()
  for (const { assertionResults = [], message = '' } of resultsOf(stdout)) {
    for (const one of assertionResults) {
      const id = Number(/^mutant (\d+)$/.exec(one.ancestorTitles[0] ?? '')?.[1])
      if (one.status === 'failed' && !failing.has(id)) failing.set(id, one.title)
    }
    if (assertionResults.length === 0) throw new Error(`the tests do not start: ${message}`)
  }
  return failing
}

interface FileResult {
  readonly assertionResults?: readonly { readonly ancestorTitles: readonly string[], readonly title: string, readonly status: string }[]
  readonly message?: string
}

function resultsOf(stdout: string): readonly FileResult[] {
  const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{')))
  return testResults
}

/** Each mutant gets its own instance of the test files, and the one instance of the product. */
function program(tests: readonly string[], ids: readonly number[]): string {
  const loads = (id: number) => tests.map((test) => `    await load(() => import('../../${test}?mutant=${id}'))`).join('\n')
  return `import { beforeAll, describe, it } from 'vitest'
const load = async (file) => {
  try { await file() } catch (error) { it('the test file loads', () => { throw error }) }
}
${ids.map((id) => `describe('mutant ${id}', async () => {
    globalThis.$mutant = ${id}
    beforeAll(() => { globalThis.$mutant = ${id} })
${loads(id)}
})`).join('\n')}
`
}
