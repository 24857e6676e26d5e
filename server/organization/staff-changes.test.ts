import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planMemberships, planRole, type Membership } from './staff-changes.ts'

const member = (departmentId: number, isLeader = false): Membership => ({ departmentId, isLeader })

describe('S54 planMemberships', () => {
  it('takes away at once what WeCom took away', () => {
    expect(planMemberships([member(10, true), member(20)], [member(20)], false)).toEqual({ inForce: [member(20)], waiting: [] })
    expect(planMemberships([member(10, true)], [member(10, false)], false)).toEqual({ inForce: [member(10)], waiting: [] })
    expect(planMemberships([member(10)], [], false)).toEqual({ inForce: [], waiting: [] })
  })

  it('lets wait what WeCom added', () => {
    expect(planMemberships([member(10)], [member(10), member(20)], false)).toEqual({ inForce: [member(10)], waiting: [{ kind: 'department', departmentId: 20 }] })
    expect(planMemberships([member(10)], [member(10, true)], false)).toEqual({ inForce: [member(10)], waiting: [{ kind: 'leader', departmentId: 10 }] })
    expect(planMemberships([], [member(20, true)], false)).toEqual({
      inForce: [], waiting: [{ kind: 'department', departmentId: 20 }, { kind: 'leader', departmentId: 20 }],
    })
  })

  it('loses the old department of a move before the new one is agreed', () => {
    expect(planMemberships([member(10, true)], [member(20, true)], false).inForce).toEqual([])
  })

  it('believes additions only where it is told to', () => {
    expect(planMemberships([member(10)], [member(20, true)], true)).toEqual({ inForce: [member(20, true)], waiting: [] })
  })

  it('changes nothing where nothing changed', () => {
    expect(planMemberships([member(10, true), member(20)], [member(10, true), member(20)], false)).toEqual({ inForce: [member(10, true), member(20)], waiting: [] })
  })

  const memberships = fc.uniqueArray(fc.record({ departmentId: fc.integer({ min: 1, max: 6 }), isLeader: fc.boolean() }), { selector: (one) => one.departmentId })
  const rights = (list: readonly Membership[]) => new Set(list.flatMap((one) => [`${one.departmentId}`, ...(one.isLeader ? [`${one.departmentId} leader`] : [])]))

  it('never leaves a right in force that was not there before and that WeCom does not want', () => {
    fc.assert(fc.property(memberships, memberships, (before, wanted) => {
      const had = rights(before)
      const wants = rights(wanted)
      const { inForce, waiting } = planMemberships(before, wanted, false)
      const now = rights(inForce)
      expect([...now].filter((right) => !had.has(right) || !wants.has(right))).toEqual([])
      // whatever WeCom wants is either in force or waits
      const waits = new Set(waiting.map((one) => (one.kind === 'leader' ? `${one.departmentId} leader` : `${one.departmentId}`)))
      expect([...wants].filter((right) => !now.has(right) && !waits.has(right))).toEqual([])
      expect([...waits].filter((right) => now.has(right))).toEqual([])
    }))
  })

  it('keeps waiting for the same when it is asked again', () => {
    fc.assert(fc.property(memberships, memberships, (before, wanted) => {
      const first = planMemberships(before, wanted, false)
      expect(planMemberships(first.inForce, wanted, false)).toEqual(first)
    }))
  })
})

describe('S54 planRole', () => {
  it.each([
    ['keeps the role that the rules give', 'clerk', 'clerk', { inForce: 'clerk', waiting: null }],
    ['takes a step down at once', 'store-manager', 'clerk', { inForce: 'clerk', waiting: null }],
    ['takes a step down to trainee at once', 'clerk', 'trainee', { inForce: 'trainee', waiting: null }],
    ['lets a step up wait, and what the rules no longer give is gone', 'clerk', 'store-manager', { inForce: 'trainee', waiting: 'store-manager' }],
    ['lets a step aside wait', 'clerk', 'sales', { inForce: 'trainee', waiting: 'sales' }],
    ['takes a role that it does not know for the highest', 'director', 'our-own-role', { inForce: 'trainee', waiting: 'our-own-role' }],
    ['steps down from a role that it does not know', 'our-own-role', 'director', { inForce: 'director', waiting: null }],
    ['S10 gives a new person the role by rule', null, 'marketing', { inForce: 'marketing', waiting: null }],
    ['gives a new person nothing that reaches the whole company', null, 'director', { inForce: 'trainee', waiting: 'director' }],
    ['gives a new person no administration', null, 'administrator', { inForce: 'trainee', waiting: 'administrator' }],
  ] as const)('%s', (_what, current, byRule, expected) => {
    expect(planRole(current, byRule, false)).toEqual(expected)
  })

  it('believes the rules where somebody agreed', () => {
    expect(planRole('trainee', 'director', true)).toEqual({ inForce: 'director', waiting: null })
    expect(planRole(null, 'administrator', true)).toEqual({ inForce: 'administrator', waiting: null })
  })
})
