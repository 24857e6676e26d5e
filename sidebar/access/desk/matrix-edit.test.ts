import { describe, expect, it } from 'vitest'
import { matrixDifferences } from '#shared/access/matrix'
import type { DraftGrant } from '#shared/contracts/policy-document'
import { ownEntries, withCell } from './matrix-edit.ts'

const team = { kind: 'team' }
const own = { kind: 'own' }
const grant = (operations: string[], scope: DraftGrant['scope'], more: Partial<DraftGrant> = {}): DraftGrant => ({ operations, scope, conditions: [], fields: {}, ...more })

const manager = [grant(['customer.profile.view', 'customer.profile.edit', 'customer.contact.view'], team, { fields: { mobile: 'hidden', birthday: 'masked' } })]

describe('one cell of the matrix', () => {
  it('is what its grants say, without what only another level implies', () => {
    expect(ownEntries(manager, 'customer.contact', 'view')).toEqual([{ scope: team, conditions: [], fields: { mobile: 'hidden' } }])
    expect(ownEntries([grant(['talk.visits.edit'], own)], 'talk.visits', 'view')).toEqual([])
  })

  it('is changed alone: every other cell says what it said', () => {
    const changed = withCell(manager, 'customer.contact', 'view', [{ scope: own, conditions: [], fields: {} }])
    expect(matrixDifferences(manager, changed).filter((one) => one.operation !== 'customer.contact.view' && one.change !== 'changed')).toEqual([])
    expect(ownEntries(changed, 'customer.contact', 'view')).toEqual([{ scope: own, conditions: [], fields: {} }])
    expect(ownEntries(changed, 'customer.profile', 'view')).toEqual([{ scope: team, conditions: [], fields: { birthday: 'masked' } }])
  })

  it('can be emptied, and takes the presentations of its fields along', () => {
    const changed = withCell(manager, 'customer.contact', 'view', [])
    expect(changed).toEqual([grant(['customer.profile.view', 'customer.profile.edit'], team, { fields: { birthday: 'masked' } })])
  })

  it('joins a grant that says the same', () => {
    const changed = withCell([grant(['customer.profile.view'], own)], 'customer.labels', 'view', [{ scope: own, conditions: [], fields: {} }])
    expect(changed).toEqual([grant(['customer.profile.view', 'customer.labels.view'], own)])
  })
})
