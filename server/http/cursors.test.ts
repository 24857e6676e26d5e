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
    const sealed = Buffer.from(cursors.write('lin', list, position).slice(3), 'base64url')
    const again = (bytes: Buffer) => refused(() => cursors.read('lin', list, `c1.${bytes.toString('base64url')}`))
    expect(again(sealed)).toBe('accepted')
    for (let place = 0; place < sealed.length; place += 1) {
      const bent = Buffer.from(sealed)
      bent.writeUInt8(bent.readUInt8(place) ^ 1, place)
      expect([place, again(bent), again(sealed.subarray(0, place))]).toEqual([place, 'cursor.invalid 400', 'cursor.invalid 400'])
    }
    expect(again(Buffer.concat([sealed, Buffer.alloc(1)]))).toBe('cursor.invalid 400')
  })

  it('S11 say nothing: neither the instant and id nor whether the position moved', () => {
    const written = [cursors.write('lin', list, position), cursors.write('lin', list, position)]
    expect(new Set(written).size).toBe(2)
    for (const cursor of written) {
      const bytes = Buffer.from(cursor.slice(3), 'base64url')
      expect(bytes.length).toBe(Buffer.from(cursors.write('lin', list, { ...position, at: position.at + 60_000 }).slice(3), 'base64url').length)
      for (const known of [String(position.at), position.id]) expect([cursor.includes(known), bytes.includes(known)]).toEqual([false, false])
    }
  })

  it('refuse whatever else with a 400, never with an unexpected error', () => {
    const known = [position.at, position.id]
    const forms = ['', '.', '..', 'x', 'c1', 'c1.', `c1.${'A'.repeat(40)}`, `${cursors.write('lin', list, position)}=`, `${Buffer.from('[1,"a"]').toString('base64url')}.`, Buffer.from(JSON.stringify(known)).toString('base64url')]
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
