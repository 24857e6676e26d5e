import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conversionCells, outcomeCells, type ResultCell } from '#shared/broadcast-words'
import { eachCell, none, sumOf, type Cells, type Counts } from './cells.ts'
import { figuresOfGroups, type ResultGroup } from './withhold.ts'

const leaf = (counts: Partial<Counts>, hidden: Partial<Counts> = counts): ResultGroup => ({ counts: { ...none, ...counts }, hidden: { ...none, ...hidden }, parts: [] })
const of = (...parts: readonly ResultGroup[]): ResultGroup => ({ counts: sumOf(parts.map((one) => one.counts)), hidden: sumOf(parts.map((one) => one.hidden)), parts })
const shown = (root: ResultGroup, cell: ResultCell): (number | null)[] => root.parts.map((part) => valueOf(figuresOfGroups(root).get(part), cell))
const valueOf = (cells: Cells | undefined, cell: ResultCell): number | null => (cells !== undefined && 'value' in cells[cell] ? cells[cell].value : null)

describe('results of broadcasts about customers whom the reader cannot view', () => {
  it('S17 withholds one to four hidden ones and another part, so that the total does not tell them', () => {
    expect(shown(of(leaf({ sent: 3 }), leaf({ sent: 8 }), leaf({ sent: 40 })), 'sent')).toEqual([null, null, 40])
    expect(shown(of(leaf({ sent: 3 }), leaf({ sent: 4 }), leaf({ sent: 40 })), 'sent')).toEqual([null, null, 40])
    expect(shown(of(leaf({ sent: 1 }), leaf({ sent: 2 }), leaf({ sent: 6 }), leaf({ sent: 9 })), 'sent')).toEqual([null, null, null, 9])
  })

  it('S17 shows what hides nobody, however small, and all of it to whoever views everybody', () => {
    expect(shown(of(leaf({ sent: 3 }, {}), leaf({ sent: 2 })), 'sent')).toEqual([3, null])
    expect(shown(of(leaf({ sent: 3 }, {}), leaf({ sent: 1 }, {})), 'sent')).toEqual([3, 1])
  })

  it('S17 withholds conversions that would tell who did nothing', () => {
    const root = of(leaf({ sent: 10, replied: 9 }), leaf({ sent: 20, replied: 10 }), leaf({ sent: 30, replied: 15 }))
    expect(shown(root, 'replied')).toEqual([null, null, 15])
    expect(shown(root, 'sent')).toEqual([10, 20, 30])
  })

  it('S17 no small hidden number follows from what is shown, in any company', () => {
    const number = fc.integer({ min: 0, max: 9 })
    const someLeaf = fc.record({ counts: fc.record({ sent: number, leaving: number, replied: number }), seen: fc.integer({ min: 0, max: 3 }) }).map(({ counts, seen }) => {
      const sent = counts.sent
      const replied = Math.min(counts.replied, sent)
      return leaf({ sent: sent + seen, leaving: counts.leaving, replied }, { sent, leaving: counts.leaving, replied })
    })
    const tree = fc.array(fc.array(someLeaf, { maxLength: 4 }).map((parts) => of(...parts)), { maxLength: 4 }).map((parts) => of(...parts))
    fc.assert(fc.property(tree, (root) => {
      const figures = figuresOfGroups(root)
      const isShown = (group: ResultGroup, cell: ResultCell) => valueOf(figures.get(group), cell) !== null
      for (const cell of [...outcomeCells, ...conversionCells]) {
        const sides = (group: ResultGroup): number[] => (conversionCells.some((one) => one === cell) ? [group.hidden[cell], group.hidden.sent - group.hidden[cell]] : [group.hidden[cell]])
        const visit = (group: ResultGroup, above: boolean): void => {
          if (isShown(group, cell)) expect(sides(group).filter((side) => side > 0 && side < 5)).toEqual([])
          // A hidden number below a withheld one would be a part of what must not be known.
          if (isShown(group, cell) && !above) expect(sides(group).every((side) => side === 0)).toBe(true)
          const rest = group.parts.filter((part) => !isShown(part, cell) && sides(part).some((side) => side > 0))
          if (isShown(group, cell) && above && rest.length > 0) {
            expect(rest.length).toBeGreaterThan(1)
            for (const place of sides(group).keys()) {
              const remains = rest.reduce((sum, part) => sum + (sides(part)[place] ?? 0), 0)
              expect(remains === 0 || remains >= 5).toBe(true)
            }
          }
          for (const part of group.parts) visit(part, above && isShown(group, cell))
        }
        visit(root, true)
      }
    }), { numRuns: 2_000 })
  })

  it('numbers are counted cell by cell', () => expect(sumOf([{ ...none, sent: 1 }, { ...none, sent: 2, replied: 1 }])).toEqual({ ...eachCell(() => 0), sent: 3, replied: 1 }))
})
