import 'dotenv/config'
import { readFile } from 'node:fs/promises'
import { cac } from 'cac'
import { migrations } from '../../migrations/index.ts'
import { describeProblem, describeResult, ScenarioInvalid } from '../access/index.ts'
import { loadDatabaseUrl } from '../config.ts'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { exportScenario, runScenario } from '../scenarios.ts'
import { runCommand } from './run-command.ts'

/**
 * `npm run policy -- test FILE…` asks the questions of policy files (docs/policy-tests.md): exit code 0 when all are answered as
 * expected, 1 with a table of the differences, 2 for a file that cannot be asked. `export` writes the running policy as such a file.
 */
const cli = cac('policy')

async function testFile(file: string): Promise<number> {
  try {
    const result = await runScenario(await readFile(file, 'utf8'))
    for (const [place, line] of describeResult(result).entries()) console.log(place === 0 ? `${file}: ${line}` : line)
    return result.differences.length === 0 ? 0 : 1
  } catch (error) {
    if (error instanceof ScenarioInvalid) for (const problem of error.problems) console.error(`${file}: ${describeProblem(problem)}`)
    else console.error(`${file}: ${error instanceof Error ? error.message : 'unreadable'}`)
    return 2
  }
}

cli.command('test [...files]', 'asks the questions of policy files').action(async (files: unknown) => {
  const names = Array.isArray(files) ? files.map(String) : []
  if (names.length === 0) {
    console.error('name at least one policy file')
    process.exitCode = 2
    return
  }
  const codes: number[] = []
  for (const file of names) codes.push(await testFile(file))
  process.exitCode = Math.max(...codes)
})
cli.command('export', 'writes the running policy as a policy file to standard output').action(async () => {
  const database = await openDatabase({ url: loadDatabaseUrl(process.env), entities, migrations })
  try {
    process.stdout.write(await exportScenario(database, Date.now()))
  } finally {
    await database.close()
  }
})
await runCommand(cli)
