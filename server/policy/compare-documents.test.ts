import { describe, expect, it } from 'vitest'
import type { DraftDocument } from '#shared/contracts/policy-document'
import { changesBetween, mergeDocuments } from './compare-documents.ts'
import { contentHashOf, defaultSettings } from './document.ts'

const role = (roleKey: string, ...operations: string[]): DraftDocument['roles'][number] => ({ roleKey, label: roleKey, grants: [{ operations, scope: { kind: 'all' }, conditions: [], fields: {} }] })
const document = (roles: DraftDocument['roles'], more: Partial<DraftDocument> = {}): DraftDocument =>
  ({ roles, templateRules: [], restrictions: [], nodeGrants: [], limits: [], settings: defaultSettings, ...more })
const restriction = (id: string) => ({ id, definition: { subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.contact.view'], scope: { kind: 'all' }, conditions: [] } })

const base = document([role('a', 'customer.profile.view'), role('b', 'customer.profile.view'), role('c')])

describe('two documents', () => {
  it('are compared item by item, roles down to the cells of the matrix', () => {
    const after = document([role('a', 'customer.profile.view', 'customer.contact.edit'), role('c'), role('d')], { restrictions: [restriction('r')], settings: { ...defaultSettings, shareDays: 30 } })
    expect(changesBetween(base, after)).toEqual([
      { part: 'roles', key: 'a', change: 'changed', operations: ['customer.contact.view', 'customer.contact.edit'] },
      { part: 'roles', key: 'b', change: 'removed', operations: ['customer.profile.view'] },
      { part: 'roles', key: 'd', change: 'added', operations: [] },
      { part: 'restrictions', key: 'r', change: 'added', operations: [] },
      { part: 'settings', key: 'shareDays', change: 'changed', operations: [] },
    ])
    expect(changesBetween(base, structuredClone(base))).toEqual([])
  })

  it('have one hash when they mean the same, in whatever order', () => {
    expect(contentHashOf(document([...base.roles].reverse()))).toBe(contentHashOf(base))
    expect(contentHashOf(document([role('a', 'customer.contact.view'), ...base.roles.slice(1)]))).not.toBe(contentHashOf(base))
  })

  it('are merged: each side keeps what only it changed', () => {
    const draft = document([role('a', 'customer.profile.edit'), role('b', 'customer.profile.view')], { settings: { ...defaultSettings, shareDays: 30 } })
    const current = document([role('a', 'customer.profile.view'), role('b', 'customer.profile.edit'), role('c'), role('e')], { restrictions: [restriction('frozen')] })
    const merged = mergeDocuments(base, draft, current)
    expect(merged.conflicts).toEqual([])
    expect(changesBetween(current, merged.document).map((one) => `${one.part} ${one.key} ${one.change}`)).toEqual(['roles a changed', 'roles c removed', 'settings shareDays changed'])
  })

  it('name what both changed, and keep the draft\'s', () => {
    const draft = document([role('a', 'customer.profile.edit'), role('b', 'customer.profile.view'), role('c')])
    const current = document([role('a', 'customer.profile.operate'), role('c')])
    const merged = mergeDocuments(base, draft, current)
    expect(merged.conflicts).toEqual([{ part: 'roles', key: 'a', change: 'changed' }])
    expect(changesBetween(draft, merged.document).map((one) => `${one.key} ${one.change}`)).toEqual(['b removed'])
  })

  it('that changed in the same way are no conflict', () => {
    const same = document([role('a', 'customer.profile.edit'), ...base.roles.slice(1)])
    expect(mergeDocuments(base, same, same)).toEqual({ document: same, conflicts: [] })
  })
})
