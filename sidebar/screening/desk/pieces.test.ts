import { describe, expect, it } from 'vitest'
import { piecesOf } from './pieces.ts'

describe('a file in pieces', () => {
  it('is whole when put together, and cut only at the ends of lines', () => {
    const text = Array.from({ length: 50 }, (_, place) => `词${'长'.repeat(place % 7)}${place}`).join('\n')
    const pieces = piecesOf(text, 40)
    expect(pieces.join('')).toBe(text)
    expect(pieces.length).toBeGreaterThan(5)
    for (const piece of pieces.slice(0, -1)) expect(piece.endsWith('\n')).toBe(true)
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(40)
  })

  it('leaves a line whole that is longer than a piece', () => {
    expect(piecesOf(`短\n${'很'.repeat(30)}\n短`, 10)).toEqual(['短\n', `${'很'.repeat(30)}\n`, '短'])
    expect(piecesOf('很'.repeat(30), 10)).toEqual(['很'.repeat(30)])
    expect(piecesOf('', 10)).toEqual([])
  })
})
