import { describe, expect, it } from 'vitest'
import { problemTexts, type DraftDocument, type DraftGrant } from '#shared/contracts/policy-document'
import { roleTemplates } from '../access/index.ts'
import { checkDocument } from './check-document.ts'
import { defaultSettings } from './document.ts'
import type { KnownNames } from './flaws.ts'

const names: KnownNames = {
  departments: new Set([1, 2]), tags: new Set(['t1']), tagGroups: new Set(['g1']), staffIds: new Set(['lin']), heldRoles: new Set(['clerk', 'helper']),
}
const templates: DraftDocument = {
  roles: roleTemplates.map(({ roleKey, label, grants }) => ({ roleKey, label, grants: [...grants] })),
  templateRules: [], restrictions: [], nodeGrants: [], limits: [], settings: defaultSettings,
}
const grant = (more: Partial<DraftGrant>): DraftGrant => ({ operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [], fields: {}, ...more })
const withGrants = (...grants: DraftGrant[]): DraftDocument => ({ ...templates, roles: [...templates.roles, { roleKey: 'own', label: '自定', grants }] })
const found = (document: DraftDocument, inForce: DraftDocument | null = null) => checkDocument(document, names, inForce).map((flaw) => `${flaw.code} ${flaw.place} ${flaw.what}`.trim())
const place = `roles.${templates.roles.length}.grants.0`

describe('a draft of the policy', () => {
  it('of the product\'s own templates has nothing wrong', () => {
    expect(checkDocument(templates, names, templates)).toEqual([])
    expect(Object.values(problemTexts).flatMap((text) => [text.zh.length, text.en.length])).not.toContain(0)
  })

  it.each<[string, Partial<DraftGrant>, string[]]>([
    ['an unknown operation', { operations: ['customer.profile.view', 'customer.profile.wiew'] }, [`unknown_operation ${place}.operations.1 customer.profile.wiew`]],
    ['no operation', { operations: [] }, [`empty_operations ${place}.operations`]],
    ['an unknown field', { fields: { nmae: 'clear' } }, [`unknown_field ${place}.fields.nmae nmae`]],
    ['an unknown presentation', { fields: { name: 'blurred' } }, [`unknown_presentation ${place}.fields.name blurred`]],
    ['a field of a unit that is not granted', { fields: { mobile: 'clear' } }, [`field_without_view ${place}.fields.mobile mobile`]],
    ['an unknown scope', { scope: { kind: 'galaxy' } }, [`unknown_scope ${place}.scope.kind galaxy`]],
    ['an unknown department', { scope: { kind: 'departments', departmentIds: [1, 99] } }, [`unknown_department ${place}.scope.departmentIds.1 99`]],
    ['single customers', { scope: { kind: 'customers', customerIds: ['c'] } }, [`scope_not_for_roles ${place}.scope.kind customers`]],
    ['an unknown condition', { conditions: [{ kind: 'moonPhase', anyOf: ['full'] }] }, [`unknown_condition ${place}.conditions.0.kind moonPhase`]],
    ['an unknown tag', { conditions: [{ kind: 'tags', match: 'any', tagIds: ['t1', 't9'] }] }, [`unknown_tag ${place}.conditions.0.tagIds.1 t9`]],
    ['an unknown tag group', { conditions: [{ kind: 'tagGroups', match: 'any', groupIds: ['g9'] }] }, [`unknown_tag_group ${place}.conditions.0.groupIds.0 g9`]],
    ['an unknown stage', { conditions: [{ kind: 'stage', anyOf: ['lost'] }] }, [`unknown_stage ${place}.conditions.0.anyOf.0 lost`]],
    ['a condition about customers for templates', { operations: ['marketing.templates.view'], conditions: [{ kind: 'stage', anyOf: ['lead'] }] }, [`condition_without_meaning ${place}.conditions.0 marketing.templates.view`]],
    ['a campaign for a customer\'s card', { conditions: [{ kind: 'campaign', anyOf: ['spring'] }] }, [`condition_without_meaning ${place}.conditions.0 customer.profile.view`]],
    ['my store\'s records where there are none', { operations: ['customer.contact.view'], conditions: [{ kind: 'recordStoreIsMine' }] }, [`records_without_store ${place}.conditions.0 customer.contact.view`]],
    ['a pool of reports', { operations: ['marketing.reports.view'], scope: { kind: 'pool' } }, [`scope_without_meaning ${place}.scope.kind marketing.reports.view`]],
    ['the system for a team', { operations: ['system.audit.view'], scope: { kind: 'team' } }, [`all_only ${place}.scope system.audit.view`]],
    ['half a department', { scope: { kind: 'departments', departmentIds: [0.5] } }, [`unknown_department ${place}.scope.departmentIds.0 0.5`]],
    ['a scope without its departments', { scope: { kind: 'departments' } }, [`shape ${place}.scope.departmentIds`]],
    ['a condition with the words of another', { conditions: [{ kind: 'stage', anyOf: ['lead'], tagIds: ['t1'] }] }, [`shape ${place}.conditions.0`]],
    ['more than a rule holds', { conditions: Array.from({ length: 11 }, () => ({ kind: 'tags', match: 'any', tagIds: Array.from({ length: 20_000 }, () => 't1') })) }, [`too_large roles.${templates.roles.length}.grants`]],
  ])('with %s is told where', (_name, more, expected) => {
    expect(found(withGrants(grant(more)))).toEqual(expected)
  })

  it('with many mistakes is told all of them at once, each with its place', () => {
    const document: DraftDocument = {
      ...withGrants(grant({ operations: ['nothing'] })),
      templateRules: [
        { id: 'a', rank: 1, departmentId: 99, departmentKind: 'galaxy', positionContains: '', leader: null, roleKey: 'nobody' },
        { id: 'a', rank: 1, departmentId: null, departmentKind: null, positionContains: null, leader: null, roleKey: 'administrator' },
      ],
      restrictions: [
        { id: 'r1', definition: { subject: { everyone: false, roles: ['ghost'], staffIds: ['wu'], except: ['clerk', 'he'] }, operations: ['customer.contact.view'], scope: { kind: 'all' }, conditions: [{ kind: 'recordStoreIsMine' }], from: 5, until: 5 } },
        { id: 'r2', definition: { subject: { everyone: false, roles: [], staffIds: [], except: [] }, operations: ['system.audit.view'], scope: { kind: 'all' }, conditions: [{ kind: 'stage', anyOf: ['lead'] }] } },
      ],
      nodeGrants: [{ id: 'n', nodeKey: 'n1', subject: { roles: [], staffIds: [] }, grant: grant({ operations: ['marketing.reports.operate', 'system.audit.view'], scope: { kind: 'all' } }), keepsOpen: false }],
      limits: [{ roleKey: 'ghost', cardsPerHour: -1, cardsPerDay: 1, revealsPerDay: 0.5 }],
      settings: { temporaryGrantDays: 181, shareDays: 90 },
    }
    expect(found(document).sort()).toEqual([
      `unknown_operation ${place}.operations.0 nothing`,
      'duplicate templateRules.1 a', 'unknown_role templateRules.0.roleKey nobody', 'unknown_department templateRules.0.departmentId 99', 'never_by_rule templateRules.1.roleKey administrator',
      'shape templateRules.0.departmentKind', 'shape templateRules.0.positionContains',
      'unknown_role restrictions.0.definition.subject.roles.0 ghost', 'unknown_staff restrictions.0.definition.subject.staffIds.0 wu', 'role_as_exception restrictions.0.definition.subject.except.0 clerk',
      'unknown_staff restrictions.0.definition.subject.except.1 he', 'condition_without_meaning restrictions.0.definition.conditions.0 customer.contact.view', 'empty_period restrictions.0.definition.until',
      'empty_subject restrictions.1.definition.subject', 'condition_without_meaning restrictions.1.definition.conditions.0 system.audit.view',
      'never_by_node nodeGrants.0.grant.operations.0 marketing.reports.operate', 'never_by_node nodeGrants.0.grant.operations.1 system.audit.view', 'empty_subject nodeGrants.0.subject',
      'unknown_role limits.0.roleKey ghost', 'shape limits.0.cardsPerHour', 'shape limits.0.revealsPerDay', 'shape settings.temporaryGrantDays',
    ].sort())
  })

  it('keeps the roles of the product, and those that somebody holds', () => {
    expect(found({ ...templates, roles: templates.roles.filter((role) => role.roleKey !== 'clerk') })).toEqual(['role_required roles clerk'])
    const helpers: DraftDocument = { ...templates, roles: [...templates.roles, { roleKey: 'helper', label: '帮手', grants: [] }, { roleKey: 'empty', label: '空', grants: [] }] }
    expect(found(templates, helpers)).toEqual(['role_in_use roles helper'])
    expect(found({ ...templates, roles: [...templates.roles, { roleKey: 'clerk', label: '又一个', grants: [] }] })).toEqual([`duplicate roles.${templates.roles.length} clerk`])
  })

  it('needs a role that can manage the policy', () => {
    const without = { ...templates, roles: templates.roles.map((role) => (role.roleKey === 'administrator' ? { ...role, grants: [] } : role)) }
    expect(found(without)).toEqual(['last_administrator roles'])
  })

  it('is not stopped by what stood in the version in force word for word, only by what it brings', () => {
    const old = withGrants(grant({ conditions: [{ kind: 'tags', match: 'any', tagIds: ['deleted'] }] }))
    expect(checkDocument(old, names, old)).toEqual([expect.objectContaining({ code: 'unknown_tag', blocking: false })])
    expect(checkDocument(old, names, templates)).toEqual([expect.objectContaining({ code: 'unknown_tag', blocking: true })])
  })

  it('with a hundred thousand mistakes is not answered by all of them', () => {
    const endless = withGrants(...Array.from({ length: 500 }, () => grant({ operations: Array.from({ length: 200 }, () => 'x') })))
    expect(checkDocument(endless, names, null)).toHaveLength(1_000)
  })
})
