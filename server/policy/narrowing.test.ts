import { describe, expect, it } from 'vitest'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import { roleTemplates } from '../access/index.ts'
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

  it('lets a restriction go whose time is over', () => {
    expect(onlyNarrows(base, { ...base, restrictions: [] }, 100)).toBe(true)
  })
})
