import { describe, expect, it } from 'vitest'
import { bodyOf, formOf, newForm } from './broadcast-form.ts'

/** 2026-11-25 23:30 in the company's zone. */
const late = Date.UTC(2026, 10, 25, 15, 30)

describe('the form of a broadcast', () => {
  it('S42 proposes ten in the morning of the company\'s next day, at whatever hour it is filled in', () => {
    expect(new Date(newForm(late).plannedAt).toISOString()).toBe('2026-11-26T02:00:00.000Z')
    expect(new Date(newForm(Date.UTC(2026, 10, 25, 16, 30)).plannedAt).toISOString()).toBe('2026-11-27T02:00:00.000Z')
  })

  it('asks for nothing that was left empty', () => {
    expect(bodyOf({ ...newForm(late), name: ' 新品 ', templateId: 't' }).audience).toEqual({})
    expect(bodyOf({ ...newForm(late), name: ' 新品 ', templateId: 't' }).name).toBe('新品')
  })

  it('asks for groups or for customers, never for both', () => {
    const form = { ...newForm(late), templateId: 't', stages: ['intent'], named: 'wmA', chatIds: ['wr1'] }
    expect(bodyOf({ ...form, senders: 'group-owners' }).audience).toEqual({ chatIds: ['wr1'] })
    expect(bodyOf({ ...form, senders: 'group-owners', chatIds: [] }).audience).toEqual({})
    expect(bodyOf(form).audience).toEqual({ externalUserIds: ['wmA'], stages: ['intent'] })
    expect(formOf({ name: '群', senders: 'group-owners', plannedAt: 5, content: { templateId: 't', values: {}, audience: { chatIds: ['wr1'] } } }).chatIds).toEqual(['wr1'])
  })

  it('gives back what it was given', () => {
    const audience = { externalUserIds: ['wmA', 'wmB'], tags: ['t1'], stages: ['intent'], valueTierAtLeast: 3, departmentId: 12, lastContactFrom: 1, lastContactBefore: 2 }
    const form = formOf({ name: '新品', senders: 'owners', plannedAt: 5, content: { templateId: 't', values: {}, audience } })
    expect(bodyOf(form)).toEqual({ name: '新品', senders: 'owners', plannedAt: 5, templateId: 't', values: {}, audience })
  })
})
