import { describe, expect, it } from 'vitest'
import { deadTokenErrcodes, busyErrcodes, kindOfErrcode, knownErrcodes } from './errcodes.ts'

describe('errcodes', () => {
  it('gives each code one kind', () => {
    expect([...knownErrcodes].every((code) => Number.isInteger(code))).toBe(true)
    expect([...deadTokenErrcodes].map(kindOfErrcode)).toEqual(['auth', 'auth'])
    expect([...busyErrcodes].map(kindOfErrcode)).toEqual(['transient', 'transient', 'transient'])
  })

  it.each([
    [-1, 'transient'], [45009, 'limited'], [45033, 'limited'], [45035, 'limited'], [40001, 'auth'], [60020, 'auth'], [48002, 'auth'],
    [84061, 'gone'], [60140, 'gone'], [41050, 'gone'], [41051, 'refused'], [41053, 'refused'], [81013, 'refused'], [40029, 'refused'],
    [40058, 'bug'], [42030, 'bug'], [42051, 'bug'], [123456, 'refused'],
  ])('%d is %s', (code, kind) => {
    expect(kindOfErrcode(code)).toBe(kind)
  })
})
