import { conversionCells, outcomeCells, type ResultCell } from '#shared/broadcast-words'
import { fewest } from '../../access/index.ts'
import { eachCell, type Cells, type Counts } from './cells.ts'

/** A group of figures: its numbers, how many of them are about customers whom the reader cannot view, and the groups it consists of. */
export interface ResultGroup {
  readonly counts: Counts
  readonly hidden: Counts
  readonly parts: readonly ResultGroup[]
}

/**
 * The figures of a group and of all below it, without those from which one to four hidden customers could be worked out (S17). Each
 * figure is the sum of its parts, and they are told apart in one way at a time; so it is enough that what remains of a shown figure
 * beside its shown parts is nobody hidden, or five of them in two parts, and that whatever lies below a withheld figure is withheld.
 * What a part has nothing hidden in is always shown.
 */
export function figuresOfGroups(root: ResultGroup): Map<ResultGroup, Cells> {
  const shown = new Map<ResultCell, ReadonlySet<ResultGroup>>()
  for (const cell of outcomeCells) shown.set(cell, showable(root, ({ hidden }) => [hidden[cell]]))
  // Whoever did not buy is told by the number of those who did: both must be nobody or five.
  for (const cell of conversionCells) shown.set(cell, showable(root, ({ hidden }) => [hidden[cell], hidden.sent - hidden[cell]]))
  const isShown = (cell: ResultCell, group: ResultGroup): boolean =>
    shown.get(cell)?.has(group) === true && (outcomeCells.some((one) => one === cell) || shown.get('sent')?.has(group) === true)
  return new Map(below(root).map((group): [ResultGroup, Cells] => [group, eachCell((cell) => (isShown(cell, group) ? { value: group.counts[cell] } : { suppressed: true }))]))
}

function below(group: ResultGroup): ResultGroup[] {
  const found = [group]
  for (const one of found) found.push(...one.parts)
  return found
}

/** How many hidden customers stand on each side of the figure. */
type Sides = (group: ResultGroup) => readonly number[]

const isSmall = (hidden: number): boolean => hidden > 0 && hidden < fewest

function showable(root: ResultGroup, sides: Sides): Set<ResultGroup> {
  const shown = new Set<ResultGroup>()
  const hides = (group: ResultGroup) => sides(group).some((hidden) => hidden > 0)
  const open: [ResultGroup, boolean][] = [[root, !sides(root).some(isSmall)]]
  for (const [group, isOpen] of open) {
    if (isOpen || !hides(group)) shown.add(group)
    const covered = isOpen ? covering(group.parts.filter(hides), sides) : new Set(group.parts)
    for (const part of group.parts) open.push([part, !covered.has(part)])
  }
  return shown
}

/** The parts that are withheld: the small ones, and further ones until nothing small remains. */
function covering(parts: readonly ResultGroup[], sides: Sides): Set<ResultGroup> {
  const withheld = new Set(parts.filter((part) => sides(part).some(isSmall)))
  const others = parts.filter((part) => !withheld.has(part)).sort((one, other) => total(sides(one)) - total(sides(other)))
  const isThin = () => withheld.size === 1 || sumsOf([...withheld].map(sides)).some(isSmall)
  while (withheld.size > 0 && isThin()) {
    const next = others.shift()
    if (next === undefined) break
    withheld.add(next)
  }
  return withheld
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)
const sumsOf = (many: readonly (readonly number[])[]): number[] => (many[0] ?? []).map((_, place) => total(many.map((sides) => sides[place] ?? 0)))
