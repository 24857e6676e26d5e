import { holdsAt, type Answer, type GroupAnswers } from './answers.ts'
import { countBits, firstPlaces, hasBit, keepBits, noBits, wordsFor, type Bits } from './bits.ts'
import type { Change, CountedOver, Subject } from './changes.ts'
import type { CustomerColumns, HeldPlaces } from './customer-columns.ts'
import type { Pause } from './pause.ts'
import type { Universe } from './universe.ts'

export type Universes = Readonly<Record<CountedOver, Universe>>

/** `own`: only what somebody made himself, in whatever department. */
export type EffectOver = 'customers' | 'departments' | 'own' | 'company'

/** How much of one subject one person gains and loses, with a few customers as examples. */
export interface Effect {
  readonly what: string
  readonly over: EffectOver
  readonly gained: number
  readonly lost: number
  readonly gainedExamples: readonly string[]
  readonly lostExamples: readonly string[]
}

export interface GroupQuestion {
  /** Subjects that change in the same way stand together. */
  readonly changes: readonly (readonly Change[])[]
  readonly answers: Readonly<Record<CountedOver, GroupAnswers>>
  readonly universes: Universes
  readonly staffIds: readonly string[]
  readonly columns: CustomerColumns
  /** How many examples for each effect. */
  readonly examples: number
  readonly pause: Pause
}

interface Pair {
  readonly before: Answer
  readonly after: Answer
}

/** What moves for everything that is nobody's own, and the answers for what is. */
interface Shift {
  readonly subjects: readonly Subject[]
  readonly over: CountedOver
  readonly gained: Bits
  readonly lost: Bits
  readonly gainedCount: number
  readonly lostCount: number
  readonly guards: readonly Answer[]
  readonly pairs: readonly Pair[]
  readonly personal: boolean
}

const peopleBetweenPauses = 50

/** Compares one group and hands over the effects of each of its people for whom there are any. */
export async function compareGroup(question: GroupQuestion, take: (staffId: string, effects: readonly Effect[]) => void): Promise<void> {
  const shifts = question.changes.flatMap((alike) => shiftOf(question, alike))
  const beside = shifts.flatMap((shift) => (shift.over === 'customers' ? [] : effectBeside(shift, question.universes[shift.over])))
  const overCustomers = shifts.filter((shift) => shift.over === 'customers')
  for (const [count, staffId] of question.staffIds.entries()) {
    const held = question.columns.heldBy.get(staffId) ?? []
    const effects = [...overCustomers.flatMap((shift) => effectsOver(question, shift, held)), ...beside]
    if (effects.length > 0) take(staffId, effects)
    if (count % peopleBetweenPauses === peopleBetweenPauses - 1) await question.pause()
  }
}

function shiftOf({ answers, universes }: GroupQuestion, alike: readonly Change[]): Shift[] {
  const [change] = alike
  if (change === undefined) return []
  const { over } = change.subject
  const to = answers[over]
  const guards = change.guards.map((guard) => to.answer(guard))
  const pairs = change.pairs.map(({ before, after }) => ({ before: to.answer(before), after: to.answer(after) }))
  const [gained, lost] = moved(guards, pairs, wordsFor(universes[over].size))
  const personal = guards.some((guard) => guard.personal) || pairs.some(({ before, after }) => before.personal || after.personal)
  return [{ subjects: alike.map((one) => one.subject), over, gained, lost, gainedCount: countBits(gained), lostCount: countBits(lost), guards, pairs, personal }]
}

/** One pass over the words for each pair: a change of every role is asked about each of a thousand groups. */
function moved(guards: readonly Answer[], pairs: readonly Pair[], words: number): readonly [gained: Bits, lost: Bits] {
  const gained = noBits(words)
  const lost = noBits(words)
  for (const { before: { bits: before }, after: { bits: after } } of pairs) {
    for (let at = 0; at < words; at += 1) {
      const was = before[at] ?? 0
      const is = after[at] ?? 0
      if (was === is) continue
      gained[at] = (gained[at] ?? 0) | (is & ~was)
      lost[at] = (lost[at] ?? 0) | (was & ~is)
    }
  }
  for (const guard of guards) {
    keepBits(gained, guard.bits)
    keepBits(lost, guard.bits)
  }
  return [gained, lost]
}

function effectsOver(question: GroupQuestion, shift: Shift, held: HeldPlaces): Effect[] {
  let { gainedCount: gained, lostCount: lost } = shift
  const gainedOwn: number[] = []
  const lostOwn: number[] = []
  for (let at = 0; shift.personal && at < held.length; at += 1) {
    const coded = held[at] ?? 0
    const place = coded >>> 1
    if (hasBit(shift.gained, place)) gained -= 1
    if (hasBit(shift.lost, place)) lost -= 1
    if (!guarded(shift, place, (coded & 1) === 1)) continue
    if (movesAt(shift, place, (coded & 1) === 1, true)) gainedOwn.push(place)
    if (movesAt(shift, place, (coded & 1) === 1, false)) lostOwn.push(place)
  }
  gained += gainedOwn.length
  lost += lostOwn.length
  if (gained === 0 && lost === 0) return []
  const face = {
    over: 'customers', gained, lost,
    gainedExamples: examplesOf(question, shift, held, gainedOwn, shift.gained), lostExamples: examplesOf(question, shift, held, lostOwn, shift.lost),
  } as const
  return shift.subjects.map(({ what }) => ({ what, ...face }))
}

function guarded({ guards }: Shift, place: number, owned: boolean): boolean {
  for (let at = 0; at < guards.length; at += 1) {
    const guard = guards[at]
    if (guard !== undefined && !holdsAt(guard, place, owned)) return false
  }
  return true
}

function movesAt({ pairs }: Shift, place: number, owned: boolean, upwards: boolean): boolean {
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at]
    if (pair !== undefined && holdsAt(pair.after, place, owned) === upwards && holdsAt(pair.before, place, owned) !== upwards) return true
  }
  return false
}

function examplesOf({ columns, examples }: GroupQuestion, { personal }: Shift, held: HeldPlaces, own: readonly number[], shared: Bits): string[] {
  if (examples === 0) return []
  const mine = new Set(personal ? held.map((coded) => coded >>> 1) : [])
  const others = firstPlaces(shared, examples + mine.size).filter((place) => !mine.has(place))
  return [...own, ...others].slice(0, examples).flatMap((place) => columns.ids[place] ?? [])
}

function effectBeside({ subjects, over, gained, lost, gainedCount, lostCount }: Shift, universe: Universe): Effect[] {
  if (gainedCount === 0 && lostCount === 0) return []
  const face = (counted: EffectOver, up: number, down: number) => subjects.map(({ what }) => ({ what, over: counted, gained: up, lost: down, gainedExamples: [], lostExamples: [] }))
  if (over === 'company') return face('company', gainedCount, lostCount)
  // The first half are others' things, the second one's own (`resourceUniverse`).
  const [up = 0, down = 0] = [gained, lost].map((bits) => countBelow(bits, universe.size / 2))
  return up + down > 0 ? face('departments', up, down) : face('own', Math.min(gainedCount, 1), Math.min(lostCount, 1))
}

function countBelow(bits: Bits, end: number): number {
  let count = 0
  for (let place = 0; place < end; place += 1) {
    if (hasBit(bits, place)) count += 1
  }
  return count
}
