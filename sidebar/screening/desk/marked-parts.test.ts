import { describe, expect, it } from 'vitest'
import { markedParts } from './marked-parts.ts'

describe('marked parts of a text', () => {
  it('lose no character, whatever lies over what', () => {
    const text = '全网最低价，保本高收益'
    const parts = markedParts(text, [{ start: 0, end: 5, severity: 'warn' }, { start: 2, end: 5, severity: 'block' }, { start: 6, end: 8, severity: 'review' }])
    expect(parts.map((part) => part.text).join('')).toBe(text)
    expect(parts).toEqual([
      { text: '全网', severity: 'warn' }, { text: '最低价', severity: 'block' }, { text: '，', severity: null }, { text: '保本', severity: 'review' }, { text: '高收益', severity: null },
    ])
  })

  it('are none of an empty text, and one of a clean one', () => {
    expect(markedParts('', [])).toEqual([])
    expect(markedParts('您好', [])).toEqual([{ text: '您好', severity: null }])
  })
})
