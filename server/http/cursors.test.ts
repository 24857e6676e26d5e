import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProjectError } from '../errors.ts'
import { createCursors } from './cursors.ts'

const cursors = createCursors('a session secret that is only for tests')
const position = { at: 1_763_900_000_123, id: '019ab2c0-0000-7000-8000-000000000001' }
const list = { list: 'customers', stage: 'lead' }

const refused = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    return error instanceof ProjectError ? `${error.code} ${error.status}` : String(error)
  }
  return 'accepted'
}

describe('cursors', () => {
  it('give back where the page ended', () => {
    expect(cursors.read('lin', list, cursors.write('lin', list, position))).toEqual(position)
    expect(cursors.read('lin', list, undefined)).toBeNull()
  })

  it('T05 work for one person and one list only', () => {
    const cursor = cursors.write('lin', list, position)
    expect(refused(() => cursors.read('wu', list, cursor))).toBe('cursor.invalid 400')
    expect(refused(() => cursors.read('lin', { ...list, stage: 'signed' }, cursor))).toBe('cursor.invalid 400')
    expect(refused(() => cursors.read('lin', { messages: 'c1' }, cursor))).toBe('cursor.invalid 400')
    expect(refused(() => createCursors('another session secret, also only for tests').read('lin', list, cursor))).toBe('cursor.invalid 400')
  })

  it('cannot be bent to another position', () => {
    const [, mark = ''] = cursors.write('lin', list, position).split('.')
    const body = Buffer.from(JSON.stringify([position.at + 1, position.id])).toString('base64url')
    expect(refused(() => cursors.read('lin', list, `${body}.${mark}`))).toBe('cursor.invalid 400')
  })

  it('refuse whatever else with a 400, never with an unexpected error', () => {
    const known = [position.at, position.id]
    const forms = ['', '.', '..', 'x', `${Buffer.from('[1,"a"]').toString('base64url')}.`, Buffer.from(JSON.stringify(known)).toString('base64url')]
    for (const cursor of forms) expect(refused(() => cursors.read('lin', list, cursor))).toBe('cursor.invalid 400')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (cursor) => {
      expect(refused(() => cursors.read('lin', list, cursor))).toBe('cursor.invalid 400')
    }))
  })

  it('tell the parts of what they are bound to apart', () => {
    const cursor = cursors.write('a', ['b'], position)
    expect(refused(() => cursors.read('a","b', [], cursor))).toBe('cursor.invalid 400')
    expect(refused(() => cursors.read('a', 'b', cursor))).toBe('cursor.invalid 400')
  })
})
