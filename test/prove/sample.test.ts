import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyWithMutants, type Copy } from './copy.ts'
import { isEquivalent, staleEntries } from './equivalent.ts'
import type { Mutant } from './mutate.ts'
import { tryMutants, wordsOf } from './mutants.ts'

/** So many are tried; all of them by `npm run prove -- --mutants`. */
const sampled = 12

/** By what they say and not by where they stand: the same ones however the code around them moves. Those at load need a process each. */
function sampleOf(mutants: readonly Mutant[]): Mutant[] {
  const digest = ({ file, inside, before, after }: Mutant) => createHash('sha256').update([file, inside, before, after].join('\n')).digest('hex')
  return mutants.filter((one) => !one.atLoad && isEquivalent(one) === null).map((one) => ({ one, digest: digest(one) }))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1)).slice(0, sampled).map(({ one }) => one)
}

describe('the mutation check', () => {
  let copy: Copy
  beforeAll(() => { copy = copyWithMutants() })
  afterAll(() => { copy.remove() })

  it('knows rules to break in each of its files, and no equal one that is gone', () => {
    expect(copy.mutants.length).toBeGreaterThan(1_800)
    expect(staleEntries(copy.mutants)).toEqual([])
  })

  it('notices a dozen broken rules, and nothing where the meaning is the same', async () => {
    const equal = copy.mutants.filter((one) => isEquivalent(one) !== null && !one.atLoad)
    expect(equal.length).toBeGreaterThan(0)
    const { killed, survivors, notTheSame } = await tryMutants(copy, [...sampleOf(copy.mutants), ...equal.slice(0, 2)])
    expect({ survivors: survivors.map(wordsOf), notTheSame: notTheSame.map(wordsOf), killed: killed.size }).toEqual({ survivors: [], notTheSame: [], killed: sampled })
  })
})
