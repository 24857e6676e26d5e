import type { Mutant } from './mutate.ts'

interface Entry {
  readonly file: string
  /** The function, method or constant around it. */
  readonly inside: string
  readonly before: string
  readonly after: string
  readonly why: string
}

/** Mutants that mean the same, each with a reason that can be checked. */
const known: readonly Entry[] = [
  {
    file: 'decide', inside: 'meets', before: 'asked !== 0 && situation.among(word, asked) !== 0', after: 'situation.among(word, asked) !== 0',
    why: 'a shortcut: Situation.among of no rules is no rules',
  },
  {
    file: 'decide', inside: 'decideAt', before: 'true', after: 'false',
    why: 'said of denials, whose bits are those of restrictions; Policy.narrowed holds bits of grants only',
  },
  {
    file: 'decide', inside: 'named', before: 'asked === 0', after: 'false',
    why: 'a shortcut: Situation.among of no rules is no rules, and the loop over them does not begin',
  },
  {
    file: 'row-filter', inside: 'customersFor', before: "!isCustomerBound(operation) || operation === 'customer.profile.view'", after: '!isCustomerBound(operation)',
    why: 'a shortcut: without it the profile is asked beside itself, in the same text, which allOf writes once',
  },
  {
    file: 'compile', inside: 'byId', before: 'a.id > b.id', after: 'a.id >= b.id',
    why: 'differs for equal ids only: 1 in the place of 0, and the sort asks only whether an answer is below zero; equivalent.test.ts holds it to that',
  },
  {
    file: 'situation', inside: 'among', before: 'open !== 0', after: 'true',
    why: 'a shortcut: asking about no rules reads nothing and adds no bit',
  },
  {
    file: 'explain', inside: 'missOf', before: '!situation.holds(grant.atoms[place] ?? -1)', after: 'situation.holds(grant.atoms[place] ?? -1)',
    why: 'only the name under which an answer is kept: those that hold name the same set as those that lack',
  },
  {
    file: 'template-rules', inside: 'assignRole', before: 'a.roleKey < b.roleKey', after: 'a.roleKey <= b.roleKey',
    why: 'differs for equal roles only, and the answer is the role',
  },
  {
    file: 'facts', inside: 'assertComplete', before: 'isComplete(facts)', after: 'false',
    why: 'a shortcut: the loop after it looks at the same facts and finds none missing',
  },
]

const matches = (entry: Entry, mutant: Mutant) => mutant.file.endsWith(`/${entry.file}.ts`) && mutant.inside === entry.inside && mutant.before === entry.before && mutant.after === entry.after

/** Why nobody can notice this mutant, or null. */
export function isEquivalent(mutant: Mutant): string | null {
  return known.find((entry) => matches(entry, mutant))?.why ?? null
}

/** Entries that speak about no mutant any more: the code has changed, and the reason with it. */
export function staleEntries(mutants: readonly Mutant[]): string[] {
  return known.filter((entry) => !mutants.some((mutant) => matches(entry, mutant))).map((entry) => `${entry.file} in ${entry.inside}: ${entry.before} → ${entry.after}`)
}
