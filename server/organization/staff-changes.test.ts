import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RoleGrant } from '#shared/access/index'
import { isStepDown, roleTemplates, staysNear } from '../access/index.ts'
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

const roles = new Map<string, readonly RoleGrant[]>(roleTemplates.map(({ roleKey, grants }) => [roleKey, grants]))
const templateOf = (roleKey: string): readonly RoleGrant[] => roles.get(roleKey) ?? []
const all: Omit<RoleGrant, 'operations'> = { scope: { kind: 'all' }, conditions: [], fields: {} }

describe('S54 planRole', () => {
  it.each([
    ['keeps the role that the rules give', 'clerk', 'clerk', false, { inForce: 'clerk', waiting: null }],
    ['takes a step down at once', 'store-manager', 'clerk', true, { inForce: 'clerk', waiting: null }],
    ['takes the role of whom no rule speaks about at once', 'clerk', 'trainee', false, { inForce: 'trainee', waiting: null }],
    ['lets anything else wait, and what the rules no longer give is gone', 'clerk', 'store-manager', false, { inForce: 'trainee', waiting: 'store-manager' }],
    ['S10 gives a new person the role by rule', null, 'marketing', true, { inForce: 'marketing', waiting: null }],
    ['gives a new person nothing that reaches far', null, 'director', false, { inForce: 'trainee', waiting: 'director' }],
    ['believes the rules where somebody agreed', 'trainee', 'director', true, { inForce: 'director', waiting: null }],
  ] as const)('%s', (_what, current, byRule, atOnce, expected) => {
    expect(planRole(current, byRule, atOnce)).toEqual(expected)
  })

  it('knows a step down by what the roles give: never one that shows or lets do anything new', () => {
    const down = roleTemplates.flatMap((from) => roleTemplates.filter((to) => to.roleKey !== 'trainee' && to !== from && isStepDown(from.grants, to.grants)).map((to) => `${from.roleKey} > ${to.roleKey}`))
    expect(down).toEqual(['store-manager > clerk', 'marketing-director > marketing', 'hq-operations > marketing'])
    const ownRole: RoleGrant[] = [{ ...all, scope: { kind: 'own' }, operations: ['customer.profile.view'] }]
    expect([isStepDown(ownRole, templateOf('director')), isStepDown(templateOf('director'), ownRole)]).toEqual([false, true])
  })

  it('S10 knows what a newcomer may hold at once by what the role gives, also of a role of the company\'s own', () => {
    expect(roleTemplates.filter((role) => staysNear(role.grants)).map((role) => role.roleKey).sort()).toEqual(['clerk', 'marketing', 'sales', 'service', 'store-manager', 'trainee'])
    expect(staysNear([{ ...all, operations: ['customer.profile.view'] }])).toBe(false)
    expect(staysNear([{ ...all, operations: ['marketing.approvals.operate'] }])).toBe(false)
    expect(staysNear([{ ...all, scope: { kind: 'team' }, operations: ['customer.profile.view'] }])).toBe(true)
  })
})
