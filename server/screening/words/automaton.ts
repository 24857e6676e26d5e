/** Words may not need more states than this (40 MB), enough for 200,000 words of ten characters that share nothing. */
const mostCells = 2_000_000

export class TooManyWords extends Error {
  constructor() {
    super('the word list is too long')
    this.name = 'TooManyWords'
  }
}

/**
 * An Aho–Corasick automaton in a double array; characters are classes, numbered from 1. A state is a place in `cells`, 0 the root, and
 * has four numbers there, side by side so that a step touches one line of the processor's cache:
 * its base (the class leads to `base + 4 * class`, if the check there is this state), its check, the state to go on from when there is
 * no way, and the nearest state, itself included, at which a word ends (0: none).
 */
export interface Automaton {
  readonly cells: Int32Array
  /** By class: the state below the root. */
  readonly first: Int32Array
  /** By a quarter of the state: the word that ends there, plus one; 0: none. */
  readonly wordAt: Int32Array
}

const nobody = -1
const mostTries = 3000
/** The check of a state below the root, which is reached through `first` only. */
const belowRoot = -2

/** How many states the words need: each word those that it does not share with the one before. */
function countStates(sorted: readonly string[]): number {
  let count = 0
  let before = ''
  for (const word of sorted) {
    let shared = 0
    while (shared < before.length && before.charCodeAt(shared) === word.charCodeAt(shared)) shared += 1
    count += word.length - shared
    before = word
  }
  return count
}

/** The arrays while they grow. A cell once taken stays taken, so the search for free ones only moves forward. */
class Cells {
  base: Int32Array
  check: Int32Array
  private free: number
  private dense: number
  private end: number
  private readonly first: number

  constructor(classes: number, states: number) {
    // Below `classes` nothing is placed, so that a base is never negative and a leaf's (0) leads nowhere.
    this.first = classes
    this.free = classes
    this.dense = classes
    this.end = classes
    this.base = new Int32Array(classes + states + classes + 1)
    this.check = new Int32Array(this.base.length).fill(nobody)
  }

  private reserve(upTo: number): void {
    if (upTo < this.check.length) return
    if (upTo > mostCells + 0x20000) throw new TooManyWords()
    const length = Math.ceil(upTo * 1.5)
    const base = new Int32Array(length)
    base.set(this.base)
    const check = new Int32Array(length).fill(nobody)
    check.set(this.check)
    this.base = base
    this.check = check
  }

  private take(cell: number, parent: number): number {
    this.check[cell] = parent
    if (cell >= this.end) this.end = cell + 1
    return cell
  }

  one(parent: number): number {
    while (this.check[this.free] !== nobody) {
      this.free += 1
      this.reserve(this.free + this.first)
    }
    return this.take(this.free, parent)
  }

  /** A base from which all these classes (ascending) lead to free cells; they are taken. */
  place(parent: number, classes: readonly number[]): number {
    const lowest = classes[0] ?? 0
    if (classes.length === 1) return this.one(parent) - lowest
    for (let cell = this.dense, tries = 0; cell < this.end; cell += 1, tries += 1) {
      // What refused so many families is left to single children.
      if (tries === mostTries) this.dense = cell - mostTries / 2
      const base = cell - lowest
      this.reserve(base + this.first)
      if (base > 0 && classes.every((one) => this.check[base + one] === nobody)) return this.takeAll(parent, base, classes)
    }
    this.reserve(this.end + this.first)
    return this.takeAll(parent, this.end - lowest, classes)
  }

  private takeAll(parent: number, base: number, classes: readonly number[]): number {
    for (const one of classes) this.take(base + one, parent)
    return base
  }

  /** Trims the arrays; behind the last cell stays room for any class. */
  finish(): { base: Int32Array, check: Int32Array } {
    this.reserve(this.end + this.first)
    return { base: this.base.slice(0, this.end + this.first + 1), check: this.check.slice(0, this.end + this.first + 1) }
  }
}

/** Builds the automaton of distinct, sorted words, each a string of classes from 1 to `classes - 1`. Throws `TooManyWords`. */
export function buildAutomaton(sorted: readonly string[], classes: number): Automaton {
  const states = countStates(sorted)
  if (states > mostCells) throw new TooManyWords()
  const cells = new Cells(classes, states)
  const first = new Int32Array(classes)
  // States in the order of their depth, each with the range of words that run through it.
  const queue = new Int32Array(states + 1)
  const from = new Int32Array(states + 1)
  const to = new Int32Array(states + 1)
  const parents = new Int32Array(states + 1)
  const classOf = new Uint16Array(states + 1)
  to[0] = sorted.length
  const ends: [state: number, word: number][] = []
  let filled = 1
  let depth = 0
  let depthEnds = 1
  for (let next = 0; next < filled; next += 1) {
    if (next === depthEnds) {
      depth += 1
      depthEnds = filled
    }
    const state = queue[next] ?? 0
    let word = from[next] ?? 0
    const last = to[next] ?? 0
    if (word < last && sorted[word]?.length === depth) ends.push([state, word++])
    const found: number[] = []
    const starts = filled
    while (word < last) {
      const one = sorted[word]?.charCodeAt(depth) ?? 0
      const begin = word
      while (word < last && sorted[word]?.charCodeAt(depth) === one) word += 1
      found.push(one)
      from[filled] = begin
      to[filled] = word
      parents[filled] = state
      classOf[filled] = one
      filled += 1
    }
    if (state === 0) {
      for (const [place, one] of found.entries()) first[one] = queue[starts + place] = cells.one(belowRoot)
    } else if (found.length > 0) {
      const base = cells.place(state, found)
      cells.base[state] = base
      for (const [place, one] of found.entries()) queue[starts + place] = base + one
    }
  }
  const { base, check } = cells.finish()
  const { fail, emit, wordAt } = links({ base, check, first }, { queue, parents, classOf, count: filled }, ends)
  const joined = new Int32Array(base.length * 4)
  for (let state = 0; state < base.length; state += 1) {
    const parent = check[state] ?? nobody
    joined.set([(base[state] ?? 0) * 4, parent < 0 ? nobody : parent * 4, (fail[state] ?? 0) * 4, (emit[state] ?? 0) * 4], state * 4)
  }
  return { cells: joined, first: first.map((state) => state * 4), wordAt }
}

type Ways = Readonly<Record<'base' | 'check' | 'first', Int32Array>>
type Links = Readonly<Record<'fail' | 'emit' | 'wordAt', Int32Array>>

interface Order {
  readonly queue: Int32Array
  readonly parents: Int32Array
  readonly classOf: Uint16Array
  readonly count: number
}

/** Where to go on when a state has no way: the longest end of what was read that begins a word as well. */
function links({ base, check, first }: Ways, { queue, parents, classOf, count }: Order, ends: readonly [number, number][]): Links {
  const fail = new Int32Array(base.length)
  const emit = new Int32Array(base.length)
  const wordAt = new Int32Array(base.length)
  for (const [state, word] of ends) wordAt[state] = word + 1
  for (let place = 1; place < count; place += 1) {
    const state = queue[place] ?? 0
    const one = classOf[place] ?? 0
    let at = parents[place] ?? 0
    while (at !== 0) {
      at = fail[at] ?? 0
      const next = at === 0 ? first[one] ?? 0 : (base[at] ?? 0) + one
      if (at === 0 || check[next] === at) {
        fail[state] = next
        break
      }
    }
    emit[state] = (wordAt[state] ?? 0) > 0 ? state : emit[fail[state] ?? 0] ?? 0
  }
  return { fail, emit, wordAt }
}
