import { describe, expect, it } from 'vitest'
import { DraftDocument, type PolicyDocument } from './policy-document.ts'

const document: PolicyDocument = {
  roles: [{ roleKey: 'clerk', label: '导购', grants: [{ operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [1] }, conditions: [{ kind: 'stage', anyOf: ['lead'] }], fields: { name: 'clear' } }] }],
  templateRules: [], restrictions: [], nodeGrants: [], limits: [], settings: { temporaryGrantDays: 180, shareDays: 90 },
}

describe('a draft', () => {
  it('can hold every published document, and wrong names beside', () => {
    const draft: DraftDocument = document
    expect(DraftDocument.parse(draft)).toEqual(document)
    const wrong = { ...document, roles: [{ roleKey: 'clerk', label: '导购', grants: [{ operations: ['customer.profile.wiew'], scope: { kind: 'galaxy' } }] }] }
    expect(DraftDocument.parse(wrong).roles[0]?.grants[0]).toEqual({ operations: ['customer.profile.wiew'], scope: { kind: 'galaxy' }, conditions: [], fields: {} })
    expect(DraftDocument.safeParse({ ...document, more: 1 }).success).toBe(false)
  })
})
