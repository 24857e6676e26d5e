import fc from 'fast-check'
import { openDatabase } from '../../server/database/database.ts'
import { migrateUp } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { migrations } from '../../migrations/index.ts'
import { compareCompany, newTally } from '../access/support/compare.ts'
import { caseArbitrary, type Case } from '../access/support/random-world.ts'
import { rolledBack } from '../access/support/rolled-back.ts'

declare global {
  var $mutant: number | undefined
}

/** Runs in the instrumented copy: `kill.ts ID,ID,… FROM TO` switches each mutant on and compares these of the fixed companies until one differs. */
const [idList = '', from = '0', to = '0'] = process.argv.slice(2)
const ids = idList.split(',').map(Number)
const database = await openDatabase({ url: 'sqlite::memory:', entities, migrations })
await migrateUp(database)
let cases = fc.sample(caseArbitrary, { numRuns: Number(to), seed: 20 }).slice(Number(from))

for (const id of ids) {
  globalThis.$mutant = id
  const killer = await firstThatDiffers()
  console.log(`MUTANT ${id} ${killer === null ? 'survives' : killer.why}`)
  // What killed one mutant kills its neighbour: ask it first.
  if (killer !== null) cases = [killer.one, ...cases.filter((one) => one !== killer.one)]
}
process.exit()

async function firstThatDiffers(): Promise<{ readonly one: Case, readonly why: string } | null> {
  for (const one of cases) {
    try {
      await rolledBack(database, (db) => compareCompany(db, 'sqlite', one, newTally()))
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      return { one, why: nameOf(text) }
    }
  }
  return null
}

/** Which comparison noticed. */
function nameOf(text: string): string {
  const [line = ''] = text.split('\n')
  const what = /^s\w+ (?:"([a-z ]+)"|\["([a-z ]+)"|(\[\{))/.exec(line)
  if (what === null) return `error: ${line.slice(0, 60)}`
  return what[1] ?? what[2] ?? 'decision'
}
