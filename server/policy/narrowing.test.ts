import { describe, expect, it } from 'vitest'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import { fallbackLimits, roleTemplates, type Limits } from '../access/index.ts'
import { defaultSettings } from './document.ts'
import { onlyNarrows } from './narrowing.ts'

const base: PolicyDocument = {
  roles: roleTemplates.map(({ roleKey, label, grants }) => ({ roleKey, label, grants: [...grants] })),
  templateRules: [{ id: 'rule', rank: 1, departmentId: null, departmentKind: 'store', positionContains: '店长', leader: null, roleKey: 'store-manager' }],
  restrictions: [{ id: 'r', definition: { subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.contract.view'], scope: { kind: 'all' }, conditions: [], until: 100 } }],
  nodeGrants: [], limits: [{ roleKey: 'clerk', cardsPerHour: 50, cardsPerDay: 100, revealsPerDay: 5 }], settings: { ...defaultSettings, shareDays: 30 },
}
const clerk = (change: (grant: PolicyDocument['roles'][number]['grants'][number]) => PolicyDocument['roles'][number]['grants'][number]): PolicyDocument =>
  ({ ...base, roles: base.roles.map((role) => (role.roleKey === 'clerk' ? { ...role, grants: role.grants.map(change) } : role)) })

describe('only narrows', () => {
  it.each<[string, PolicyDocument, boolean]>([
    ['nothing', base, true],
    ['another label', { ...base, roles: base.roles.map((role) => ({ ...role, label: `${role.label}员` })) }, true],
    ['an operation less', clerk((grant) => ({ ...grant, operations: grant.operations.slice(0, Math.max(1, grant.operations.length - 1)) })), true],
    ['one more condition', clerk((grant) => ({ ...grant, conditions: [...grant.conditions, { kind: 'stage', anyOf: ['lead'] }] })), true],
    ['a field hidden', clerk((grant) => ({ ...grant, fields: { name: 'hidden' } })), true],
    ['a masked field in clear', clerk((grant) => ({ ...grant, fields: { mobile: 'clear' } })), false],
    ['a wider scope', clerk((grant) => ({ ...grant, scope: grant.scope.kind === 'team' ? { kind: 'subtree' } : grant.scope })), false],
    ['an operation more, for nobody today', { ...base, roles: [...base.roles, { roleKey: 'new', label: '新', grants: [{ operations: ['customer.contact.view'], scope: { kind: 'all' }, conditions: [], fields: {} }] }] }, false],
    ['a new role without anything', { ...base, roles: [...base.roles, { roleKey: 'new', label: '新', grants: [] }] }, true],
    ['a restriction less', { ...base, restrictions: [] }, false],
    ['a restriction that ends sooner', { ...base, restrictions: base.restrictions.map((one) => ({ ...one, definition: { ...one.definition, until: 60 } })) }, false],
    ['a restriction with an exception', { ...base, restrictions: base.restrictions.map((one) => ({ ...one, definition: { ...one.definition, subject: { ...one.definition.subject, except: ['lin'] } } })) }, false],
    ['a restriction more', { ...base, restrictions: [...base.restrictions, { id: 's', definition: { subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['talk.messages.view'], scope: { kind: 'all' }, conditions: [] } }] }, true],
    ['other rules of assignment', { ...base, templateRules: [] }, false],
    ['a stricter limit where the product\'s was', { ...base, limits: [...base.limits, { roleKey: 'director', cardsPerHour: 1, cardsPerDay: 1, revealsPerDay: 1 }] }, true],
    ['a wider limit than the product\'s', { ...base, limits: [...base.limits, { roleKey: 'director', cardsPerHour: 1, cardsPerDay: 1, revealsPerDay: 999 }] }, false],
    ['no limit where a stricter one was', { ...base, limits: [] }, false],
    ['shorter shares', { ...base, settings: { ...base.settings, shareDays: 7 } }, true],
    ['longer shares', { ...base, settings: { ...base.settings, shareDays: 90 } }, false],
  ])('%s: %#', (_name, after, narrows) => {
    expect(onlyNarrows(base, after, 50)).toBe(narrows)
  })

  const node = { id: 'n', nodeKey: 'signing', keepsOpen: false, subject: { roles: ['clerk', 'sales'], staffIds: ['lin', 'wu'] }, grant: { operations: ['talk.visits.view' as const], scope: { kind: 'team' as const }, conditions: [], fields: {} } }
  type Node = PolicyDocument['nodeGrants'][number]
  it.each<[string, Partial<Node>, Partial<Node>, boolean]>([
    ['the same', {}, {}, true],
    ['another node', {}, { nodeKey: 'delivery' }, false],
    ['open for ever', {}, { keepsOpen: true }, false],
    ['no longer open for ever', { keepsOpen: true }, {}, true],
    ['open for ever as before', { keepsOpen: true }, { keepsOpen: true }, true],
    ['fewer people', {}, { subject: { roles: ['sales'], staffIds: ['wu'] } }, true],
    ['another role', {}, { subject: { roles: ['clerk', 'service'], staffIds: [] } }, false],
    ['another person', {}, { subject: { roles: [], staffIds: ['lin', 'he'] } }, false],
    ['a wider scope', {}, { grant: { ...node.grant, scope: { kind: 'all' } } }, false],
    ['a narrower scope', { grant: { ...node.grant, scope: { kind: 'all' } } }, {}, true],
  ])('what a node opens: %s', (_name, before, after, narrows) => {
    const withNodes = (...nodeGrants: Node[]): PolicyDocument => ({ ...base, nodeGrants })
    const other: Node = { ...node, id: 'other', nodeKey: 'other' }
    expect(onlyNarrows(withNodes(other, { ...node, ...before }), withNodes({ ...node, ...after }), 50)).toBe(narrows)
    expect(onlyNarrows(withNodes(other, { ...node, ...before }), withNodes(other, { ...node, ...after }), 50)).toBe(narrows)
    expect(onlyNarrows(base, withNodes({ ...node, ...after }), 50)).toBe(false)
  })

  it.each(['cardsPerHour', 'cardsPerDay', 'revealsPerDay'] as const)('each limit by itself: %s', (name) => {
    const [limit] = base.limits
    const to = (change: number) => onlyNarrows(base, { ...base, limits: base.limits.map((one) => ({ ...one, [name]: (limit?.[name] ?? 0) + change })) }, 50)
    expect([to(-1), to(0), to(1)]).toEqual([true, true, false])
    const added = (more: Partial<Limits>) => onlyNarrows(base, { ...base, roles: [...base.roles, { roleKey: 'new', label: '新', grants: [] }], limits: [...base.limits, { roleKey: 'new', ...fallbackLimits, ...more }] }, 50)
    expect([added({}), added({ [name]: fallbackLimits[name] + 1 })]).toEqual([true, false])
    // A limit of a role that goes counts as well: who holds it still falls back to the product's.
    const gone = (more: Partial<Limits>) => ({ ...base, roles: [...base.roles, { roleKey: 'old', label: '旧', grants: [] }], limits: [...base.limits, { roleKey: 'old', ...fallbackLimits, ...more }] })
    expect([onlyNarrows(gone({}), base, 50), onlyNarrows(gone({ [name]: fallbackLimits[name] - 1 }), base, 50)]).toEqual([true, false])
  })

  it('each setting by itself', () => {
    const to = (settings: object) => onlyNarrows(base, { ...base, settings: { ...base.settings, ...settings } }, 50)
    const { temporaryGrantDays, shareDays } = base.settings
    expect([to({ temporaryGrantDays: temporaryGrantDays - 1 }), to({ temporaryGrantDays: temporaryGrantDays + 1 }), to({ shareDays: shareDays - 1 }), to({ shareDays: shareDays + 1 })]).toEqual([true, false, true, false])
  })

  it('keeps every restriction, and one without an end for ever', () => {
    const [limited] = base.restrictions
    if (limited === undefined) throw new Error('the policy has no restriction')
    const { until: _, ...endless } = limited.definition
    const two: PolicyDocument = { ...base, restrictions: [limited, { id: 'endless', definition: endless }] }
    expect([onlyNarrows(two, { ...two, restrictions: [limited] }, 100), onlyNarrows(two, { ...two, restrictions: two.restrictions.slice(1) }, 99), onlyNarrows(two, { ...two, restrictions: two.restrictions.slice(1) }, 100)]).toEqual([false, false, true])
    expect(onlyNarrows(two, { ...two, restrictions: [...two.restrictions].reverse() }, 50)).toBe(true)
  })

  it('lets a restriction go whose time is over', () => {
    expect(onlyNarrows(base, { ...base, restrictions: [] }, 100)).toBe(true)
  })
})
