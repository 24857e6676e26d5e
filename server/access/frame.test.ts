import { describe, expect, it } from 'vitest'
import { deny, factsOf, grant, policyOf, profile, roleGrants, signed } from '../../test/access/support/small-policy.ts'
import { decide, decideResource, decideSystem } from './decide.ts'
import type { ActionContext, Policy } from './policy.ts'
import { prepare, Situation } from './situation.ts'

const timed = () => policyOf([], [{ ...deny(['customer.profile.view'], { from: 15 }), endedAt: 30 }], { grants: roleGrants([profile]).map((one) => ({ ...one, from: 10, until: 20 })) })
const inForceAt = (rules: Policy, now: number, context: ActionContext = {}) => {
  const frame = rules.frames.at(now, context)
  return rules.rules.filter((_, place) => ((frame.inForce[0] ?? 0) & (1 << place)) !== 0).map((rule) => rule.id)
}

describe('a frame', () => {
  it('holds from one instant at which a rule begins or ends up to, and not at, the next', () => {
    for (const context of [{}, { campaign: 'spring' }]) {
      const { frames } = timed()
      const spans = [[9, -Infinity, 10], [10, 10, 15], [15, 15, 20], [19, 15, 20], [20, 20, 30], [30, 30, Infinity]] as const
      for (const [now, from, until] of spans) expect(frames.at(now, context)).toMatchObject({ from, until })
      for (const [now, from, until] of spans.toReversed()) expect(frames.at(now, context)).toMatchObject({ from, until })
      const kept = frames.at(12, context)
      expect([10, 14, 10].map((now) => frames.at(now, context) === kept)).toEqual([true, true, true])
      expect(frames.at(15, context)).not.toBe(kept)
    }
  })

  it('has the rules that are in force at its moment', () => {
    const rules = timed()
    expect([9, 10, 15, 19, 20, 29, 30, 9].map((now) => inForceAt(rules, now))).toEqual([[], ['g0'], ['g0', 'no'], ['g0', 'no'], ['no'], ['no'], [], []])
  })

  it('is one for each thing that an action is about, whatever was asked before', () => {
    const about = (kind: string, one: string) => ({ conditions: [{ kind, anyOf: [one] }] })
    const make = () => policyOf([profile, grant(['customer.profile.view'], about('campaign', 'spring')), grant(['customer.profile.view'], about('campaign', 'autumn')), grant(['customer.profile.view'], about('templateCategory', 'care'))])
    const asked: readonly (readonly [ActionContext, readonly string[]])[] = [
      [{}, ['g0']], [{ campaign: 'spring' }, ['g0', 'g1']], [{ campaign: 'autumn' }, ['g0', 'g2']], [{ templateCategory: 'care' }, ['g0', 'g3']],
      [{ templateCategory: 'sale' }, ['g0']], [{ campaign: 'spring', templateCategory: 'care' }, ['g0', 'g1', 'g3']], [{ campaign: 'spring', templateCategory: 'sale' }, ['g0', 'g1']],
    ]
    for (const [before] of asked) {
      for (const [context, meant] of asked) {
        const rules = make()
        rules.frames.at(0, before)
        expect([before, context, inForceAt(rules, 0, context)]).toEqual([before, context, meant])
        expect(rules.frames.at(0, { ...context })).toBe(rules.frames.at(0, context))
      }
    }
    const { frames } = make()
    const plain = frames.at(0, {})
    frames.at(0, { campaign: 'spring' })
    expect(frames.at(0, {})).toBe(plain)
  })
})

describe('what a rule is about', () => {
  it('is what all its lists share', () => {
    const twice = (first: string[], second: string[]) => grant(['marketing.templates.view'], { conditions: [{ kind: 'campaign', anyOf: first }, { kind: 'campaign', anyOf: second }] })
    const may = (campaign: string) => decideResource(policyOf([twice(['spring', 'autumn'], ['autumn', 'winter'])]), 'marketing.templates.view', { departmentId: 2, creatorStaffId: 'me', campaign }, 0).allowed
    expect(['spring', 'autumn', 'winter'].map(may)).toEqual([false, true, false])
  })

  it('is never the system, which knows no customer: a grant of it that names conditions of customers gives nothing', () => {
    const may = (more: object) => decideSystem(policyOf([grant(['system.audit.view', 'marketing.strategy.view'], more)]), 'system.audit.view', 0).allowed
    expect([may({}), may(signed), may({ scope: { kind: 'team' } }), may({ conditions: [{ kind: 'recordStoreIsMine' }] })]).toEqual([true, false, false, false])
  })
})

describe('Situation', () => {
  const many = policyOf([profile, grant(['customer.labels.view'], signed), grant(['talk.tasks.view'], { ...signed, scope: { kind: 'own' } })])

  /** The policy, counting how often its rules are read and its statements asked. */
  function counting(policy: Policy) {
    const counts = { rules: 0, atoms: 0 }
    const counted: Policy = {
      ...policy, grantsOf: policy.grantsOf, restrictionsOf: policy.restrictionsOf,
      rules: policy.rules.map((rule) => ({ ...rule, get atoms() { counts.rules += 1; return rule.atoms } })),
      atoms: policy.atoms.map((atom) => ({ ...atom, holds: (facts) => { counts.atoms += 1; return atom.holds(facts) } })),
    }
    return { counts, situation: new Situation(counted, factsOf({ stage: 'signed' })) }
  }

  it('asks about each rule and each statement once, and only about what somebody wants to know', () => {
    const { counts, situation } = counting(many)
    expect(situation.among(0, 0b001)).toBe(0b001)
    expect(counts).toEqual({ rules: 1, atoms: 0 })
    expect(situation.among(0, 0b011)).toBe(0b011)
    expect(counts).toEqual({ rules: 2, atoms: 1 })
    expect([situation.among(0, 0b111), situation.among(0, 0b111), situation.among(0, 0b001), situation.among(0, 0b110)]).toEqual([0b011, 0b011, 0b001, 0b010])
    expect(counts).toEqual({ rules: 3, atoms: 2 })
    for (const atom of [0, 1, 0, 1]) situation.holds(atom)
    expect(counts).toEqual({ rules: 3, atoms: 2 })
  })

  it('knows of no rule that reaches anybody beyond those of the policy', () => {
    expect(counting(many).situation.among(0, 1 << 20)).toBe(0)
    expect(decide(many, 'customer.labels.view', prepare(many, factsOf()), 0).allowed).toBe(false)
  })
})
