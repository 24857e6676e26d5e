import fc from 'fast-check'
import { compareCompany, newTally } from '../access/support/compare.ts'
import { caseArbitrary } from '../access/support/random-world.ts'
import { rolledBack } from '../access/support/rolled-back.ts'
import { testDatabase, type TestDatabaseKind } from '../support/databases.ts'

export interface CompaniesOptions {
  readonly kind: TestDatabaseKind
  readonly companies: number
  readonly seed: number
}

/** Compares so many random companies; prints progress, and the smallest company that differs. Returns whether none does. */
export async function proveCompanies({ kind, companies, seed }: CompaniesOptions): Promise<boolean> {
  console.log(`${companies} companies on ${kind}, seed ${seed}`)
  const test = await testDatabase(kind)
  const tally = newTally()
  const step = Math.max(1, Math.floor(companies / 20))
  let done = 0
  try {
    const result = await fc.check(fc.asyncProperty(caseArbitrary, async (one) => {
      await rolledBack(test.database, (db) => compareCompany(db, kind, one, tally))
      done += 1
      if (done % step === 0) console.log(`${done} companies, ${tally.cases} cases, ${tally.mixed} of them with customers on both sides`)
    }), { numRuns: companies, seed })
    if (!result.failed) return true
    console.log(`differs after ${result.numRuns} companies, shrunk ${result.numShrinks} times; again with --seed ${result.seed}`)
    console.log(fc.stringify(result.counterexample))
    console.log(result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance))
    return false
  } finally {
    await test.drop()
  }
}
