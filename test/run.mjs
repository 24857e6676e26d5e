/**
 * `npm test`: types, lint, build, unit, integration and browser tests, in this order.
 * Says plainly which parts were skipped; with CI=true a skipped part is a failure. Last line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ci = process.env.CI === 'true'
let passed = 0
let failed = 0
const skipped = []

function run(name, command, args) {
  console.log(`\n== ${name}`)
  const result = spawnSync(command, args, { stdio: 'inherit', env: process.env })
  const ok = result.status === 0
  console.log(ok ? `ok: ${name}` : `FAILED: ${name}`)
  return ok
}

function check(name, command, args) {
  if (run(name, command, args)) passed += 1
  else failed += 1
}

function answers(url, port) {
  const { hostname, port: given } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(given) || port, timeout: 2_000 })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
    socket.once('timeout', () => { socket.destroy(); resolve(false) })
  })
}

async function lookAround() {
  if (!(await answers(process.env.TEST_MYSQL_URL ?? 'mysql://127.0.0.1:3306', 3306))) skipped.push('everything on MySQL/MariaDB (nothing answers at TEST_MYSQL_URL)')
  if (!(await answers(process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379', 6379))) skipped.push('everything with Redis (nothing answers at TEST_REDIS_URL)')
}

/** Three workers on two cores, because the long tests mostly wait. Vitest's own figures: what it skipped by itself counts as skipped here too. */
function vitest(projects) {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-vitest-'))
  const file = join(folder, 'results.json')
  const ok = run(`tests (${projects.join(', ')})`, 'npx', [
    'vitest', 'run', ...projects.flatMap((project) => ['--project', project]), projects.includes('browser') ? '--maxWorkers=1' : '--maxWorkers=3', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2),
  ])
  const before = failed
  if (existsSync(file)) {
    const results = JSON.parse(readFileSync(file, 'utf8'))
    passed += results.numPassedTests
    failed += results.numFailedTests
    if (results.numPendingTests > 0) skipped.push(`${results.numPendingTests} test(s) that skipped themselves`)
  }
  // A file that cannot be loaded, or an unhandled error, fails the run without failing a test.
  if (!ok && failed === before) failed += 1
  rmSync(folder, { recursive: true, force: true })
}

await lookAround()
check('types of server, shared and tests', 'npx', ['tsc', '--noEmit'])
check('types of the screens', 'npx', ['vue-tsc', '-p', 'tsconfig.web.json', '--noEmit'])
check('lint', 'npx', ['eslint', '.', '--max-warnings=0'])
check('build', 'npm', ['run', '--silent', 'build'])
vitest(['server', 'web'])
vitest(['browser'])

for (const part of skipped) console.log(`SKIPPED: ${part}`)
if (ci && skipped.length > 0) failed += skipped.length
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
