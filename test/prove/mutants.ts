import { killByComparing, type Killed } from './compare-killer.ts'
import { copyWithMutants, provenFiles, testsIn, type Copy } from './copy.ts'
import { isEquivalent, staleEntries } from './equivalent.ts'
import type { Mutant } from './mutate.ts'
import { killAlone, killByTests } from './test-killer.ts'
import { killByTypes } from './type-killer.ts'

export interface MutantOptions {
  /** Pieces of file names; without any, all files. */
  readonly files: readonly string[]
  /** The place among all mutants to begin with, after a run that was stopped. */
  readonly from: number
  /** Every how many-th mutant is tried; 1 for all. */
  readonly every: number
  readonly jobs: number
}

/** Breaks each rule once and looks who notices, file by file. Prints who noticed; returns how many nobody noticed, and wrong entries among the equivalents. */
export async function proveMutants({ files, from, every, jobs }: MutantOptions): Promise<number> {
  const copy = copyWithMutants()
  try {
    const stale = staleEntries(copy.mutants)
    for (const one of stale) console.log(`no mutant is like this entry of equivalent.ts: ${one}`)
    let wrong = stale.length
    const chosen = copy.mutants.filter((mutant) => mutant.id >= from && mutant.id % every === 0 && (files.length === 0 || files.some((name) => mutant.file.includes(name))))
    console.log(`${copy.mutants.length} mutants of ${provenFiles.length} files, ${copy.mutants.filter((one) => isEquivalent(one) !== null).length} of them known to mean the same; trying ${chosen.length}`)
    for (const file of new Set(chosen.map((mutant) => mutant.file))) wrong += report(file, await tryMutants(copy, chosen.filter((one) => one.file === file), jobs))
    return wrong
  } finally {
    copy.remove()
  }
}

export interface Outcome {
  readonly mutants: readonly Mutant[]
  readonly killed: Killed
  /** Nobody noticed them, and no reason is given why nobody can. */
  readonly survivors: readonly Mutant[]
  /** Somebody noticed them although they are listed as meaning the same. */
  readonly notTheSame: readonly Mutant[]
}

/** The fast ones first: most fall to the first companies or to the tests in memory; only what is left is compared long and asked of the tests with a database. */
export async function tryMutants(copy: Copy, mutants: readonly Mutant[], jobs = 1): Promise<Outcome> {
  const killed: Killed = new Map()
  const left = () => mutants.filter((one) => !killed.has(one.id) && isEquivalent(one) === null).map((one) => one.id)
  const compare = (ids: readonly number[], from: number, to: number) => inParts(ids, jobs, (part) => killByComparing(copy, part, { from, to }, killed))
  const inMemory = [...testsIn(copy, 'server/access'), ...testsIn(copy, 'shared/access'), 'server/policy/narrowing.test.ts']
  await compare(mutants.map((one) => one.id), 0, 3)
  console.log(`${mutants[0]?.file ?? ''}: ${killed.size} of ${mutants.length} fell to the first companies`)
  await killByTests(copy, inMemory, left(), killed)
  killByTypes(copy, mutants.filter((one) => left().includes(one.id)), killed)
  await compare(left(), 3, 25)
  await killAlone(copy, inMemory, left(), killed)
  await compare(left(), 25, 120)
  await killByTests(copy, slowTests, left(), killed)
  return {
    mutants, killed,
    survivors: mutants.filter((one) => !killed.has(one.id) && isEquivalent(one) === null),
    notTheSame: mutants.filter((one) => killed.has(one.id) && isEquivalent(one) !== null),
  }
}

const slowTests = ['service', 'role-templates', 'role-limits', 'temporary-grants', 'bad-input', 'stories', 'stories-nodes', 'stories-roles', 'stories-sources'].map((name) => `test/access/${name}.test.ts`)

async function inParts(ids: readonly number[], jobs: number, use: (part: readonly number[]) => Promise<void>): Promise<void> {
  const size = Math.ceil(ids.length / jobs)
  const parts = Array.from({ length: jobs }, (_, place) => ids.slice(place * size, (place + 1) * size))
  await Promise.all(parts.filter((part) => part.length > 0).map(use))
}

function report(file: string, { mutants, killed, survivors, notTheSame }: Outcome): number {
  const by = new Map<string, number>()
  for (const name of killed.values()) by.set(name, (by.get(name) ?? 0) + 1)
  const same = mutants.filter((one) => isEquivalent(one) !== null).length
  console.log(`${file}: ${mutants.length} mutants to ${mutants.at(-1)?.id ?? 0}, ${killed.size} killed, ${same} mean the same, ${survivors.length} survive`)
  for (const [name, count] of [...by].sort((a, b) => b[1] - a[1])) console.log(`  ${count} by ${name}`)
  for (const one of survivors) console.log(`  SURVIVES ${wordsOf(one)}`)
  for (const one of notTheSame) console.log(`  NOT THE SAME, noticed by ${killed.get(one.id) ?? ''}: ${wordsOf(one)}`)
  return survivors.length + notTheSame.length
}

export const wordsOf = ({ file, line, inside, before, after }: Mutant): string => `${file}:${line} in ${inside === '' ? 'the file' : inside}: ${before} → ${after === '' ? 'nothing' : after}`
