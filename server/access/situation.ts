import { Invariant } from '../errors.ts'
import { wordsFor } from './bits.ts'
import { assertComplete, type CustomerFacts } from './facts.ts'
import type { Policy } from './policy.ts'

/** For each word of bits two: which of them were asked, and which of those are true. */
const unasked = (count: number): number[] => new Array<number>(wordsFor(count) * 2).fill(0)

/**
 * One customer before one policy: which statements hold of him, and which rules reach him whatever the clock says. One bit each,
 * found out when somebody asks and then kept.
 */
export class Situation {
  readonly facts: CustomerFacts
  readonly #policy: Policy
  readonly #atoms: number[]
  readonly #rules: number[]

  constructor(policy: Policy, facts: CustomerFacts) {
    assertComplete(facts)
    this.facts = facts
    this.#policy = policy
    this.#atoms = unasked(policy.atoms.length)
    this.#rules = unasked(policy.rules.length)
  }

  /** Which of these rules, bits of one word of `policy.rules`, reach the customer. */
  among(word: number, rules: number): number {
    const open = rules & ~(this.#rules[word * 2] ?? 0)
    if (open !== 0) this.#ask(word, open)
    return rules & (this.#rules[word * 2 + 1] ?? 0)
  }

  /** Whether the atom of this place holds. */
  holds(atom: number): boolean {
    const asked = (atom >>> 5) * 2
    const bit = 1 << (atom & 31)
    if (((this.#atoms[asked] ?? 0) & bit) === 0) {
      const statement = this.#policy.atoms[atom]
      if (statement === undefined) throw new Invariant('a rule names an atom that its policy lacks')
      if (statement.holds(this.facts)) this.#atoms[asked + 1] = (this.#atoms[asked + 1] ?? 0) | bit
      this.#atoms[asked] = (this.#atoms[asked] ?? 0) | bit
    }
    return ((this.#atoms[asked + 1] ?? 0) & bit) !== 0
  }

  #ask(word: number, rules: number): void {
    let reached = 0
    for (let open = rules; open !== 0; open &= open - 1) {
      const place = word * 32 + lowest(open)
      if (this.#reaches(place)) reached |= 1 << place
    }
    this.#rules[word * 2] = (this.#rules[word * 2] ?? 0) | rules
    this.#rules[word * 2 + 1] = (this.#rules[word * 2 + 1] ?? 0) | reached
  }

  #reaches(place: number): boolean {
    const atoms = this.#policy.rules[place]?.atoms
    if (atoms === undefined) return false
    for (let at = 0; at < atoms.length; at += 1) {
      if (!this.holds(atoms[at] ?? -1)) return false
    }
    return true
  }
}

/** The place of the lowest bit. */
export const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits)

/** Prepares a customer for many decisions of one policy. Throws Invariant when a fact is missing. */
export function prepare(policy: Policy, facts: CustomerFacts): Situation {
  return new Situation(policy, facts)
}
