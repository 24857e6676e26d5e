import { beforeEach, describe, expect, it } from 'vitest'
import { dropForeignDrafts, readDraft, writeDraft } from './drafts.ts'

beforeEach(() => sessionStorage.clear())

describe('drafts', () => {
  it('belong to one person and one customer', () => {
    writeDraft(sessionStorage, 'lin', 'wmChen', { version: 3, changes: { name: '陈晓', mobile: null } })
    expect(readDraft(sessionStorage, 'lin', 'wmChen')).toEqual({ version: 3, changes: { name: '陈晓', mobile: null } })
    expect(readDraft(sessionStorage, 'lin', 'wmWang')).toBeNull()
    expect(readDraft(sessionStorage, 'wu', 'wmChen')).toBeNull()
  })

  it('are gone without changes', () => {
    writeDraft(sessionStorage, 'lin', 'wmChen', { version: 3, changes: { name: '陈晓' } })
    writeDraft(sessionStorage, 'lin', 'wmChen', { version: 3, changes: {} })
    expect(sessionStorage.length).toBe(0)
  })

  it.each(['', 'no json', '[]', '{"version":"3","changes":{}}', '{"version":3,"changes":{"spendTotalFen":"1","name":7}}'])('read nothing from %s', (stored) => {
    sessionStorage.setItem('draft:lin:wmChen', stored)
    expect(readDraft(sessionStorage, 'lin', 'wmChen')).toBeNull()
  })

  it('of another person are dropped when somebody else signs in here', () => {
    writeDraft(sessionStorage, 'lin', 'wmChen', { version: 3, changes: { name: '陈晓' } })
    writeDraft(sessionStorage, 'wu', 'wmChen', { version: 3, changes: { name: '陈大' } })
    sessionStorage.setItem('other', 'stays')
    dropForeignDrafts(sessionStorage, 'wu')
    expect(readDraft(sessionStorage, 'lin', 'wmChen')).toBeNull()
    expect(readDraft(sessionStorage, 'wu', 'wmChen')).not.toBeNull()
    expect(sessionStorage.getItem('other')).toBe('stays')
  })
})
