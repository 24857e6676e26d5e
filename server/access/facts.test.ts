import { describe, expect, it } from 'vitest'
import { factsOf } from '../../test/access/support/small-policy.ts'
import { Invariant } from '../errors.ts'
import { assertComplete } from './facts.ts'

describe('assertComplete', () => {
  it.each(Object.keys(factsOf()))('stops, by its name, when %s was not loaded', (name) => {
    const facts = { ...factsOf(), [name]: undefined }
    expect(() => { assertComplete(facts) }).toThrow(new Invariant(`the fact ${name} was not loaded`))
  })

  it('takes what is known to be nothing', () => {
    expect(() => { assertComplete(factsOf()) }).not.toThrow()
  })
})
