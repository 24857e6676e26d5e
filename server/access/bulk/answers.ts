import type { Atom } from '../atoms.ts'
import { addBits, allBits, hasBit, keepBits, noBits, takeBits, wordsFor, type Bits } from './bits.ts'
import type { Conjunction, Formula } from './formula.ts'
import type { Universe } from './universe.ts'

/** A statement as it is asked of one place: a bit, or whether the place is somebody's own (`owner`) or at least followed. */
type Leaf = Bits | 'owner' | 'follower'
type Leaves = readonly (readonly Leaf[])[]

/** A formula with its answers: at once for everything that is nobody's own, and place by place for what is. */
export interface Answer {
  /** For everything that is nobody's own. Do not change it. */
  readonly bits: Bits
  /** Whether the answer for somebody's own places differs from the shared one. */
  readonly personal: boolean
  readonly any: Leaves
  readonly unlessAny: Leaves
  readonly unlessNone: Leaves
  readonly none: Leaves
  readonly and: Answer | null
}

/**
 * The answers for people who share roles and departments. What does not depend on whom somebody owns or follows is worked
 * out once for all of them; the rest is asked place by place, for the few customers who are somebody's own.
 */
export class GroupAnswers {
  readonly #universe: Universe
  readonly #atomOf: (atom: Atom) => Atom
  readonly #leaves = new Map<string, Leaf>()
  readonly #answers = new Map<string, Answer>()

  /** `atomOf` gives this group's own atom for one of a group with the same rules and other departments. */
  constructor(universe: Universe, atomOf: (atom: Atom) => Atom) {
    this.#universe = universe
    this.#atomOf = atomOf
  }

  answer(formula: Formula): Answer {
    const known = this.#answers.get(formula.key)
    if (known !== undefined) return known
    const and = formula.and === null ? null : this.answer(formula.and)
    const any = this.#ready(formula.any)
    const unlessAny = this.#ready(formula.unless?.any ?? [])
    const unlessNone = this.#ready(formula.unless?.none ?? [])
    const none = this.#ready(formula.none)
    const bits = this.#union(any)
    if (unlessAny.length > 0) {
      const more = this.#union(unlessAny)
      if (unlessNone.length > 0) takeBits(more, this.#union(unlessNone))
      addBits(bits, more)
    }
    if (none.length > 0) takeBits(bits, this.#union(none))
    if (and !== null) keepBits(bits, and.bits)
    const personal = isPersonal(any) || isPersonal(unlessAny) || isPersonal(unlessNone) || isPersonal(none) || and?.personal === true
    const made = { bits, personal, any, unlessAny, unlessNone, none, and }
    this.#answers.set(formula.key, made)
    return made
  }

  #ready(conjunctions: readonly Conjunction[]): Leaves {
    return conjunctions.map((atoms) => atoms.map((atom) => this.#leaf(atom)))
  }

  #leaf(atom: Atom): Leaf {
    const known = this.#leaves.get(atom.key)
    if (known !== undefined) return known
    const own = this.#atomOf(atom)
    const leaf = this.#universe.bitsOf(own) ?? (own.meaning.about === 'owner' ? 'owner' : 'follower')
    this.#leaves.set(atom.key, leaf)
    return leaf
  }

  #union(conjunctions: Leaves): Bits {
    const bits = noBits(wordsFor(this.#universe.size))
    for (const leaves of conjunctions) {
      const [first, ...rest] = leaves
      if (first === undefined) return allBits(this.#universe.size)
      if (typeof first === 'string' || rest.some((leaf) => typeof leaf === 'string')) continue
      if (rest.length === 0) addBits(bits, first)
      else addBits(bits, all(first, rest))
    }
    return bits
  }
}

function all(first: Bits, rest: readonly Leaf[]): Bits {
  const bits = first.slice()
  for (const leaf of rest) {
    if (typeof leaf !== 'string') keepBits(bits, leaf)
  }
  return bits
}

const isPersonal = (conjunctions: Leaves): boolean => conjunctions.some((leaves) => leaves.some((leaf) => typeof leaf === 'string'))

/** The answer at a place that somebody follows, and owns where `owned` says so. */
export function holdsAt(answer: Answer, place: number, owned: boolean): boolean {
  if (answer.and !== null && !holdsAt(answer.and, place, owned)) return false
  if (someHold(answer.none, place, owned)) return false
  if (someHold(answer.any, place, owned)) return true
  return answer.unlessAny.length > 0 && someHold(answer.unlessAny, place, owned) && !someHold(answer.unlessNone, place, owned)
}

/** Plain loops: this is asked a hundred million times for a large company. */
function someHold(conjunctions: Leaves, place: number, owned: boolean): boolean {
  for (let at = 0; at < conjunctions.length; at += 1) {
    const leaves = conjunctions[at]
    if (leaves !== undefined && allHold(leaves, place, owned)) return true
  }
  return false
}

function allHold(leaves: readonly Leaf[], place: number, owned: boolean): boolean {
  for (let at = 0; at < leaves.length; at += 1) {
    const leaf = leaves[at]
    if (leaf === 'follower') continue
    if (leaf === 'owner' ? !owned : leaf === undefined || !hasBit(leaf, place)) return false
  }
  return true
}
