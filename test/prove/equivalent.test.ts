import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('what the list of equal mutants relies on', () => {
  it('a sort asks only whether an answer is below zero: for equal ones 1 is as good as 0, and -1 is not', () => {
    const rules = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), place: fc.integer() }), { maxLength: 300 })
    const sorted = (list: readonly { readonly id: string, readonly place: number }[], equal: number) => [...list].sort((a, b) => (a.id === b.id ? equal : a.id > b.id ? 1 : -1))
    fc.assert(fc.property(rules, (list) => { expect(sorted(list, 1)).toEqual(sorted(list, 0)) }), { numRuns: 500, seed: 20 })
    const pair = [{ id: 'a', place: 1 }, { id: 'a', place: 2 }]
    expect(sorted(pair, -1)).not.toEqual(sorted(pair, 0))
  })
})
