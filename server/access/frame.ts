import { operations } from '#shared/access/index'
import { addBit, wordsFor, type Bits } from './bits.ts'
import { inForce, type ActionContext, type Rule } from './policy.ts'

/** The rules of a policy that are in force between two instants, for one context: bits over `rules`, `words` words for each operation. */
export interface Frame {
  readonly from: number
  readonly until: number
  readonly context: ActionContext
  readonly words: number
  readonly inForce: Bits
  /** By operation index: those that give it. */
  readonly grants: Bits
  /** By operation index: those that take it. */
  readonly denials: Bits
}

const same = (one: ActionContext, other: ActionContext) => one.campaign === other.campaign && one.templateCategory === other.templateCategory

/**
 * The frames of one policy. Between two instants at which a rule begins or ends the same rules are in force, so the clock is
 * compared with two numbers instead of with every rule. The latest frame is kept, apart for questions with and without a context.
 */
export class Frames {
  readonly #rules: readonly Rule[]
  /** Those of them, from this place on, are restrictions. */
  readonly #firstRestriction: number
  #plain: Frame | null = null
  #about: Frame | null = null

  constructor(rules: readonly Rule[], firstRestriction: number) {
    this.#rules = rules
    this.#firstRestriction = firstRestriction
  }

  at(now: number, context: ActionContext): Frame {
    if (context.campaign === undefined && context.templateCategory === undefined) {
      const plain = this.#plain
      if (plain !== null && now >= plain.from && now < plain.until) return plain
      return this.#plain = this.#build(now, context)
    }
    const about = this.#about
    if (about !== null && now >= about.from && now < about.until && same(about.context, context)) return about
    return this.#about = this.#build(now, context)
  }

  #build(now: number, context: ActionContext): Frame {
    const words = wordsFor(this.#rules.length)
    const sets = { inForce: new Int32Array(words), grants: new Int32Array(words * operations.length), denials: new Int32Array(words * operations.length) }
    let from = Number.NEGATIVE_INFINITY
    let until = Number.POSITIVE_INFINITY
    for (const [place, rule] of this.#rules.entries()) {
      for (const instant of [rule.from, rule.until]) {
        if (instant <= now) from = Math.max(from, instant)
        else until = Math.min(until, instant)
      }
      if (!inForce(rule, now, context)) continue
      addBit(sets.inForce, place)
      const side = place < this.#firstRestriction ? sets.grants : sets.denials
      for (const index of rule.indexes) addBit(side, index * words * 32 + place)
    }
    return { from, until, context: { ...context }, words, ...sets }
  }
}
