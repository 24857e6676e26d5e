import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSealer } from './sealing.ts'

const oldKey = 'the key of last year, 32 characters and more'
const newKey = 'the key of this year, 32 characters and more'
const sealer = createSealer([newKey])

describe('sealed values', () => {
  it('open again to the same text, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (plain, context) => {
      const wellFormed = Buffer.from(plain, 'utf8').toString('utf8')
      expect(sealer.open(sealer.seal(wellFormed, context), context)).toBe(wellFormed)
    }))
  })

  it('do not show the text, and look different each time', () => {
    const one = sealer.seal('+8613800001111', 'customer.mobile')
    const other = sealer.seal('+8613800001111', 'customer.mobile')
    expect(one).not.toBe(other)
    expect(Buffer.from(one.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('1380000')
    expect(one).not.toContain('1380000')
  })

  it('open only in the place for which they were made', () => {
    const sealed = sealer.seal('+8613800001111', 'customer.mobile')
    expect(() => sealer.open(sealed, 'customer.email')).toThrow()
    expect(() => sealer.open(sealed, '')).toThrow()
  })

  it('refuse every changed byte', () => {
    const [keyId = '', nonce = '', rest = ''] = sealer.seal('hello', 'place').split('.')
    const flip = (text: string, at: number) => {
      const bytes = Buffer.from(text, 'base64url')
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes.toString('base64url')
    }
    for (let at = 0; at < Buffer.from(nonce, 'base64url').length; at += 1) expect(() => sealer.open(`${keyId}.${flip(nonce, at)}.${rest}`, 'place')).toThrow()
    for (let at = 0; at < Buffer.from(rest, 'base64url').length; at += 1) expect(() => sealer.open(`${keyId}.${nonce}.${flip(rest, at)}`, 'place')).toThrow()
  })

  it('refuse a shortened tag, also of an empty text, and what was never sealed', () => {
    const [keyId = '', nonce = '', rest = ''] = sealer.seal('', 'place').split('.')
    const bytes = Buffer.from(rest, 'base64url')
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => sealer.open(`${keyId}.${nonce}.${bytes.subarray(0, length).toString('base64url')}`, 'place')).toThrow()
    }
    for (const text of ['', '.', '..', 'hello', `${keyId}`, `${keyId}.${nonce}`, `00000000.${nonce}.${rest}`]) expect(() => sealer.open(text, 'place')).toThrow()
  })

  it('open under an older key of the list, and are made with the newest', () => {
    const before = createSealer([oldKey])
    const during = createSealer([newKey, oldKey])
    const old = before.seal('hello', 'place')
    expect(during.open(old, 'place')).toBe('hello')
    const fresh = during.seal('hello', 'place')
    expect(sealer.open(fresh, 'place')).toBe('hello')
    expect(() => before.open(fresh, 'place')).toThrow()
  })

  it('name no value when their key is gone', () => {
    const old = createSealer([oldKey]).seal('hello', 'place')
    expect(() => sealer.open(old, 'place')).toThrow(/DATA_KEY/)
  })
})

describe('blind indexes', () => {
  it('find the same value again in the same place only', () => {
    const index = sealer.blindIndex('+8613800001111', 'customer.mobile')
    expect(createSealer([newKey]).blindIndex('+8613800001111', 'customer.mobile')).toBe(index)
    expect(sealer.blindIndex('+8613800001112', 'customer.mobile')).not.toBe(index)
    expect(sealer.blindIndex('+8613800001111', 'customer.email')).not.toBe(index)
    expect(createSealer([oldKey]).blindIndex('+8613800001111', 'customer.mobile')).not.toBe(index)
  })

  it('keep place and value apart', () => {
    expect(sealer.blindIndex('bc', 'a')).not.toBe(sealer.blindIndex('c', 'ab'))
  })

  it('ask under every key during a change of keys, newest first', () => {
    const during = createSealer([newKey, oldKey])
    expect(during.blindIndexes('x', 'place')).toEqual([sealer.blindIndex('x', 'place'), createSealer([oldKey]).blindIndex('x', 'place')])
    expect(during.blindIndex('x', 'place')).toBe(sealer.blindIndex('x', 'place'))
    expect(createSealer([newKey, newKey]).blindIndexes('x', 'place')).toHaveLength(1)
  })
})
