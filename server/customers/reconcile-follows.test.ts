import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Follow } from './customer.entity.ts'
import { planFollows, type ShownFollow } from './reconcile-follows.ts'

const second = 1_000
const start = 1_763_900_000_000
let count = 0

function follow(staffId: string, more: Partial<Follow> = {}): Follow {
  count += 1
  return {
    id: `f${count}`, customerId: 'c', staffId, departmentId: 10, beganAt: start, endedAt: null, endReason: null, liveKey: null,
    remark: '', description: '', state: null, addWay: 1, customerDeletedAt: null, ...more,
  }
}

const shown = (staffId: string, addedAt: number | null = start): ShownFollow => ({ staffId, addedAt })
const everybody = new Set(['lin', 'wu', 'zhao'])

describe('planFollows', () => {
  it('opens what WeCom shows and we do not have', () => {
    expect(planFollows([], [shown('lin'), shown('wu')], everybody)).toEqual({ open: [shown('lin'), shown('wu')], keep: [], end: [] })
  })

  it('keeps what both have, also when WeCom says another beginning', () => {
    const known = follow('lin')
    expect(planFollows([known], [shown('lin', start + 5 * second)], everybody)).toEqual({ open: [], keep: [{ follow: known, shown: shown('lin', start + 5 * second) }], end: [] })
  })

  it('ends what WeCom no longer shows', () => {
    const known = follow('lin')
    expect(planFollows([known], [], everybody)).toEqual({ open: [], keep: [], end: [known] })
  })

  it('ends nothing of people whom WeCom does not show us', () => {
    expect(planFollows([follow('lin')], [], new Set(['wu']))).toEqual({ open: [], keep: [], end: [] })
  })

  it('S30 leaves ended what we ended by a handover, though WeCom still shows it', () => {
    const handedOver = follow('lin', { endedAt: start + 3_600 * second, endReason: 'handed-over' })
    expect(planFollows([handedOver], [shown('lin')], everybody).open).toEqual([])
    // WeCom did not say the same beginning before
    expect(planFollows([{ ...handedOver, beganAt: start + 7 }], [shown('lin', start + 60 * second)], everybody).open).toEqual([])
    expect(planFollows([handedOver], [shown('lin', null)], everybody).open).toEqual([])
  })

  it('S30 opens a relation that began after the handover, also within the second of it', () => {
    const handedOver = follow('lin', { endedAt: start + 3_600 * second + 400, endReason: 'handed-over' })
    expect(planFollows([handedOver], [shown('lin', start + 3_600 * second)], everybody).open).toHaveLength(1)
    expect(planFollows([handedOver], [shown('lin', start + 3_700 * second)], everybody).open).toHaveLength(1)
  })

  it('opens again what had ended only because WeCom did not show it: out of the visible range for a while, or added anew meanwhile', () => {
    const ended = follow('lin', { endedAt: start + 60 * second, endReason: 'not-shown' })
    expect(planFollows([ended], [shown('lin')], everybody).open).toEqual([shown('lin')])
    expect(planFollows([ended], [shown('lin', start + 59 * second)], everybody).open).toEqual([shown('lin', start + 59 * second)])
  })

  it('does not open the very relation again that WeCom reported as deleted: an old answer of WeCom may come late', () => {
    const ended = follow('lin', { endedAt: start + 60 * second, endReason: 'deleted-by-staff' })
    expect(planFollows([ended], [shown('lin')], everybody).open).toEqual([])
    expect(planFollows([ended], [shown('lin', start + 61 * second)], everybody).open).toHaveLength(1)
  })

  it('looks at every former relation of the pair, and at nobody else’s', () => {
    const past = [follow('lin', { endedAt: start + 60 * second, endReason: 'handed-over' }), follow('lin', { beganAt: start + 900 * second, endedAt: start + 990 * second, endReason: 'not-shown' })]
    expect(planFollows(past, [shown('lin'), shown('wu')], everybody).open).toEqual([shown('wu')])
    expect(planFollows(past, [shown('lin', start + 900 * second)], everybody).open).toHaveLength(1)
  })

  it('opens one relation when WeCom names somebody twice', () => {
    expect(planFollows([], [shown('lin'), shown('lin')], everybody).open).toHaveLength(1)
  })

  const moment = fc.integer({ min: 0, max: 8 }).map((place) => start + place * second)
  const person = fc.constantFrom('lin', 'wu', 'zhao')
  const shownList = fc.uniqueArray(fc.record({ staffId: person, addedAt: fc.option(moment) }), { selector: (one) => one.staffId })
  const past = fc.array(fc.record({ staffId: person, beganAt: moment, endedAt: moment, endReason: fc.constantFrom('not-shown', 'handed-over', 'deleted-by-staff') }), { maxLength: 5 })
  const live = fc.uniqueArray(fc.record({ staffId: person, beganAt: moment }), { selector: (one) => one.staffId })
  const rows = fc.tuple(past, live).map(([ended, alive]) => [...ended, ...alive].map((one) => follow(one.staffId, one)))
  const visible = fc.uniqueArray(person).map((list) => new Set<string>(list))

  it('gives every live follow and every shown relation exactly one fate', () => {
    fc.assert(fc.property(rows, shownList, visible, (known, list, seen) => {
      const plan = planFollows(known, list, seen)
      const alive = known.filter((one) => one.endedAt === null)
      const kept = plan.keep.map((one) => one.follow)
      expect(kept.filter((one) => plan.end.includes(one))).toEqual([])
      expect(alive.filter((one) => !kept.includes(one) && !plan.end.includes(one) && seen.has(one.staffId))).toEqual([])
      expect([...kept, ...plan.end].filter((one) => one.endedAt !== null)).toEqual([])
      expect(plan.open.filter((one) => plan.keep.some((other) => other.shown === one))).toEqual([])
      expect(new Set(plan.open.map((one) => one.staffId)).size).toBe(plan.open.length)
    }))
  })

  it('has nothing left to do once it was carried out', () => {
    fc.assert(fc.property(rows, shownList, visible, (known, list, seen) => {
      const plan = planFollows(known, list, seen)
      const now = start + 60 * second
      const after = [
        ...known.map((one) => (plan.end.includes(one) ? { ...one, endedAt: now, endReason: 'not-shown' } : one)),
        ...plan.open.map((one) => follow(one.staffId, { beganAt: one.addedAt ?? now })),
      ]
      const again = planFollows(after, list, seen)
      expect(again.open).toEqual([])
      expect(again.end).toEqual([])
    }))
  })
})
