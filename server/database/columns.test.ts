import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fit } from './columns.ts'

describe('fit', () => {
  it('keeps what fits and cuts the rest at whole characters', () => {
    expect(fit('国贸店', 3)).toBe('国贸店')
    expect(fit('😀😀😀', 2)).toBe('😀😀')
  })

  it('never leaves half a character and never more than asked', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(30), (text, length) => {
      const cut = fit(text, length)
      expect([...cut].length).toBeLessThanOrEqual(Math.max(length, 0))
      expect(() => encodeURIComponent(cut)).not.toThrow()
      expect(text.startsWith(cut)).toBe(true)
    }))
  })
})
