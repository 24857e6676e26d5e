import type { Figure } from '#shared/contracts/reports'
import { fewest } from '../access/index.ts'

/** Customers of one group, and how many of them the reader cannot view. */
export interface PartlyHidden {
  readonly count: number
  readonly hidden: number
}

const isSmall = (hidden: number): boolean => hidden > 0 && hidden < fewest

/**
 * Figures about customers of whom some are hidden from the reader: a group with one to four hidden ones has none (S17). Whoever
 * knows the sum of all groups could work a single withheld one out; so when those withheld hide fewer than five together,
 * the smallest other group with hidden ones is withheld as well.
 */
export function figuresOf(groups: readonly PartlyHidden[]): Figure[] {
  const withheld = new Set(groups.filter((group) => isSmall(group.hidden)))
  const hiddenIn = () => [...withheld].reduce((sum, group) => sum + group.hidden, 0)
  if (isSmall(hiddenIn())) {
    const [next] = groups.filter((group) => group.hidden > 0 && !withheld.has(group)).sort((one, other) => one.hidden - other.hidden)
    if (next !== undefined) withheld.add(next)
  }
  return groups.map((group) => (withheld.has(group) ? { suppressed: true } : { value: group.count }))
}
