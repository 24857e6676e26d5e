import { spawn } from 'node:child_process'
import { ensureRoleTemplates } from '../../server/access/index.ts'
import { bundle } from '../crash/support/server-process.ts'
import { testDatabase, testDatabaseKinds } from '../support/databases.ts'
import { fillCompany } from './list/fill.ts'

/**
 * `npm run bench -- broadcast`: a broadcast of headquarters to all customers of a company with 500 stores and 5,000 sending people,
 * through filter, rights of both, frequency cap and quota of each sender; first submitted, then looked at once more with all those
 * messages planned; then approved and canceled. `--size=100000` customers, `--on=sqlite` or `--on=mysql`. Measured in a process of its
 * own, bundled as the server is, so that its memory is that of the work.
 */
export async function bench(args: readonly string[]): Promise<Record<string, unknown>> {
  const option = (name: string) => args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
  const size = Number(option('size') ?? 100_000)
  const metrics: Record<string, unknown> = {}
  const program = await bundle('test/bench/broadcast/measure.ts')
  for (const kind of (await testDatabaseKinds()).filter((one) => one === (option('on') ?? one))) {
    const test = await testDatabase(kind)
    await test.database.transaction((work) => ensureRoleTemplates(work, Date.now()))
    await fillCompany(test.database, size)
    const measured = await measure(program.file, test.url)
    console.log(kind, JSON.stringify(measured))
    const suffix = kind === 'mysql' ? 'Mysql' : ''
    for (const [name, value] of Object.entries(measured)) metrics[`${name}${suffix}`] = value
    await test.drop()
  }
  program.remove()
  return metrics
}

function measure(file: string, url: string): Promise<Record<string, number>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, url], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
    child.once('exit', (code) => {
      if (code === 0) resolve(JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as Record<string, number>)
      else reject(new Error(`measuring ended with ${String(code)}`))
    })
  })
}
