import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createAccess, differencesOfLists, ensureRoleTemplates } from '../../server/access/index.ts'
import type { Database } from '../../server/database/database.ts'
import { testDatabase, testDatabaseKinds } from '../support/databases.ts'
import { firstViewers, viewers } from './list/cases.ts'
import { fillCompany } from './list/fill.ts'
import { measureLists, type Timing } from './list/measure.ts'
import { figuresOf, metricsOf, printed, type Figures } from './list/figures.ts'

const samples = 25
const large = 1_000_000

/**
 * `npm run bench -- list [--large]`: pages of 50 customers through the product's own page reader, for every kind of scope, narrowed by
 * stage, tag and name, in a company of 500 stores with 10,000 and 100,000 customers (`--large`: and 1,000,000), against the best
 * SQL that was written by hand for the same rows. `--sizes=1000,20000` and `--on=sqlite` or `--on=mysql` measure a part of it. With a
 * million customers two people of each scope are measured, else one.
 */
export async function bench(args: readonly string[]): Promise<Record<string, unknown>> {
  const option = (name: string) => args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
  const sizes = option('sizes')?.split(',').map(Number) ?? (args.includes('--large') ? [10_000, 100_000, large] : [10_000, 100_000])
  const kinds = (await testDatabaseKinds()).filter((kind) => kind === (option('on') ?? kind))
  const found: Record<string, Figures[]> = {}
  for (const size of sizes) {
    for (const kind of kinds) {
      const test = await testDatabase(kind)
      ;(found[test.database.kind] ??= []).push(await measured(test.database, size))
      await test.drop()
    }
  }
  return metricsOf(found)
}

async function measured(database: Database, size: number): Promise<Figures> {
  const began = performance.now()
  await database.transaction((work) => ensureRoleTemplates(work, Date.now()))
  await fillCompany(database, size)
  await expectTrue(database)
  collectGarbage()
  console.log(`\n${database.kind}, ${size} customers (filled in ${Math.round((performance.now() - began) / 1000)} s); milliseconds in the database`)
  const access = createAccess({ database, clock: Date.now, log: { warn: (fields, message) => console.warn(message, fields) } })
  const timings: Timing[] = await measureLists(database, access, { viewers: size < large ? firstViewers : viewers, samples, beforeEach: collectGarbage })
  const figures = figuresOf(size, timings)
  console.log(printed(figures))
  return figures
}

/** What was written straight into the scope table is what the product would have written: of a thousand customers. */
async function expectTrue(database: Database): Promise<void> {
  const { different } = await differencesOfLists(database.db, 1_000)
  if (different.length > 0) throw new Error(`the bench fills the tables behind lists otherwise than the product: ${different.join()}`)
}

/** What filling and earlier pages left behind is cleared away now, not in the middle of a page that is timed. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
