import { describe, expect, it } from 'vitest'
import { formatBirthday, formatDay, formatFen, formatMoment } from './format.ts'

const now = Date.UTC(2026, 5, 10)

describe('format', () => {
  it.each([[128000, '¥1,280'], [128050, '¥1,280.50'], [5, '¥0.05'], [0, '¥0'], [-250, '-¥2.50'], ['¥***', '¥***']])('%s fen is %s', (fen, text) => {
    expect(formatFen(fen)).toBe(text)
  })

  it('counts days in the company zone, not in the phone\'s or in UTC', () => {
    expect(formatDay(Date.UTC(2026, 5, 1, 16, 30), now)).toBe('6/2')
    expect(formatMoment(Date.UTC(2026, 5, 1, 16, 30), now)).toBe('6/2 00:30')
  })

  it('names the year when it is another one', () => {
    expect(formatDay(Date.UTC(2024, 5, 7), now)).toBe('2024/6/7')
  })

  it('shows a birthday without its year', () => {
    expect(formatBirthday('1990-06-02')).toBe('6/2')
  })
})
