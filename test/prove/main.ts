import { testDatabaseKinds } from '../support/databases.ts'
import { proveCompanies } from './companies.ts'
import { proveMutants } from './mutants.ts'

/**
 * `npm run prove -- --companies N [--seed S] [--database sqlite|mysql]` compares decisions in memory, rows, fields and the reference over
 * N random companies; `npm run prove -- --mutants [--files decide,sql] [--from N] [--every N] [--jobs 2]` breaks each rule once and looks who notices.
 * Exit code 1 when they differ, or when a mutant lives.
 */
const args = process.argv.slice(2)
const option = (name: string) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : undefined)
const whole = (name: string, otherwise: number) => {
  const given = option(name)
  if (given === undefined) return otherwise
  if (!/^\d+$/.test(given)) throw new Error(`--${name} takes a whole number`)
  return Number(given)
}

let proven = true
if (args.includes('--mutants')) {
  proven = await proveMutants({
    files: option('files')?.split(',') ?? [], from: whole('from', 0), every: Math.max(1, whole('every', 1)), jobs: Math.max(1, whole('jobs', 1)),
  }) === 0
} else {
  const asked = option('database')
  const kinds = (await testDatabaseKinds()).filter((kind) => asked === undefined || kind === asked)
  if (kinds.length === 0) throw new Error('--database takes sqlite or mysql, and mysql must answer')
  const seed = whole('seed', Date.now() % 2 ** 31)
  for (const kind of kinds) proven = await proveCompanies({ kind, companies: whole('companies', 2000), seed }) && proven
}
console.log(proven ? 'proven' : 'NOT proven')
process.exit(proven ? 0 : 1)
