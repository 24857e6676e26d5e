import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Killed } from './compare-killer.ts'
import { provenFiles, type Copy } from './copy.ts'

/** So many are asked about in one process; if one of them hangs, the halves are asked alone. */
const together = 60
const patienceMs = 90_000
const asked = 'test/prove/asked.test.ts'
const noMutant = -1

/**
 * Runs the tests of these files once for each mutant, all in one process of vitest, which loads the product only once, unbroken. Without
 * a server of MySQL: what a rule means does not depend on the database, and the comparison on both is the proof of that.
 */
export async function killByTests(copy: Copy, tests: readonly string[], ids: readonly number[], killed: Killed): Promise<void> {
  if (tests.length === 0) return
  const rest = ids.filter((id) => copy.mutants[id]?.atLoad !== true)
  for (let start = 0; start < rest.length; start += together) await runOrHalve(copy.folder, tests, rest.slice(start, start + together), killed, 'unbroken')
  await killAlone(copy, tests, ids.filter((id) => !rest.includes(id)), killed)
}

/** The same with a product of its own for each, which is loaded broken: so mutants take effect in functions as well that are called while it is loaded. */
export async function killAlone(copy: Copy, tests: readonly string[], ids: readonly number[], killed: Killed): Promise<void> {
  for (const id of ids) await runOrHalve(copy.folder, tests, [id], killed, 'broken')
}

type Loaded = 'unbroken' | 'broken'

async function runOrHalve(folder: string, tests: readonly string[], ids: readonly number[], killed: Killed, loaded: Loaded): Promise<void> {
  const failing = await run(folder, tests, ids, loaded)
  if (failing !== null) {
    for (const [id, name] of failing) killed.set(id, name)
  } else if (ids.length === 1) {
    for (const id of ids) killed.set(id, 'the tests never end')
  } else {
    const half = Math.ceil(ids.length / 2)
    for (const part of [ids.slice(0, half), ids.slice(half)]) await runOrHalve(folder, tests, part, killed, loaded)
  }
}

/** The first failing test of each mutant, or null when there is no end. Throws when tests fail without any. */
async function run(folder: string, tests: readonly string[], ids: readonly number[], loaded: Loaded): Promise<ReadonlyMap<number, string> | null> {
  writeFileSync(join(folder, asked), program(tests, loaded === 'broken' ? ids : [noMutant, ...ids], loaded))
  const stdout = await vitest(folder, patienceMs + ids.length * tests.length * 1_000)
  if (stdout === null) return null
  const failing = new Map<number, string>()
  for (const { assertionResults = [], message = '' } of resultsOf(stdout)) {
    for (const one of assertionResults) {
      const id = Number(/^mutant (-?\d+)$/.exec(one.ancestorTitles[0] ?? '')?.[1])
      if (one.status === 'failed' && !failing.has(id)) failing.set(id, one.title)
    }
    if (assertionResults.length === 0) throw new Error(`the tests do not start: ${message}`)
  }
  const unbroken = failing.get(noMutant)
  if (unbroken !== undefined) throw new Error(`the tests fail without any mutant: ${unbroken}`)
  return failing
}

/** What it printed, or null when it was ended because it did not end. A process that fails has printed as well. */
function vitest(folder: string, timeout: number): Promise<string | null> {
  // Inside a test this process is one of vitest's own, which the new one need not know.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  return new Promise((resolve) => {
    execFile('node_modules/.bin/vitest', ['run', '--project', 'server', '--reporter', 'json', asked], {
      cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30, timeout, killSignal: 'SIGKILL', env: { ...env, CI: '', TEST_MYSQL_URL: 'mysql://127.0.0.1:9' },
    }, (error, stdout) => { resolve(error?.signal === undefined || error.signal === null ? stdout : null) })
  })
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
export function program(tests: readonly string[], ids: readonly number[], loaded: Loaded): string {
  const loads = (id: number) => tests.map((test) => `    await load(() => import('../../${test}?mutant=${id}'))`).join('\n')
  return `import { beforeAll, describe, it } from 'vitest'
globalThis.$mutant = ${loaded === 'broken' ? ids[0] ?? noMutant : noMutant}
${loaded === 'broken' ? '' : provenFiles.map((file) => `await import('../../${file}')`).join('\n')}
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
