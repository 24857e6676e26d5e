import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decrypt as referenceDecrypt, encrypt as referenceEncrypt, getSignature } from '@wecom/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCallbackCrypto } from './callback-crypto.ts'
import { CallbackMalformed } from './errors.ts'

const sealed = z.object({ plaintext: z.string(), timestamp: z.string(), nonce: z.string(), encrypt: z.string(), msg_signature: z.string() })
const vector = z.object({
  corpid: z.string(), token: z.string(), encodingAESKey: z.string(), randomBlock: z.string(), event: sealed,
  urlVerification: z.object({ echoPlain: z.string(), timestamp: z.string(), nonce: z.string(), echostr: z.string(), msg_signature: z.string() }),
  multibyte: z.object({ plaintext: z.string(), encrypt: z.string() }),
}).parse(JSON.parse(readFileSync(new URL('../../test/fixtures/wecom/callback/crypto_vector.json', import.meta.url), 'utf8')))

const crypto = createCallbackCrypto({ token: vector.token, aesKey: vector.encodingAESKey, receiveId: vector.corpid })
const random = Buffer.from(vector.randomBlock)

function reasonOf(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof CallbackMalformed) return error.reason
    throw error
  }
}

/** Encrypts a plaintext that already carries its padding, right or wrong. */
function raw(plain: Buffer): string {
  const key = Buffer.from(`${vector.encodingAESKey}=`, 'base64')
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64')
}

describe('callback crypto', () => {
  it('reads and writes the published vectors', () => {
    const { event, urlVerification: echo, multibyte } = vector
    expect(crypto.verify(event.msg_signature, event.timestamp, event.nonce, event.encrypt)).toBe(true)
    expect(crypto.decrypt(event.encrypt).toString()).toBe(event.plaintext)
    expect(crypto.encrypt(event.plaintext, random)).toBe(event.encrypt)
    expect(crypto.verify(echo.msg_signature, echo.timestamp, echo.nonce, echo.echostr)).toBe(true)
    expect(crypto.decrypt(echo.echostr).toString()).toBe(echo.echoPlain)
    expect(crypto.decrypt(multibyte.encrypt).toString()).toBe(multibyte.plaintext)
    expect(crypto.encrypt(multibyte.plaintext, random)).toBe(multibyte.encrypt)
  })

  it('agrees with the reference library on any message', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), fc.string(), (message, timestamp, nonce) => {
      const theirs = referenceEncrypt(vector.encodingAESKey, message, vector.corpid)
      expect(crypto.decrypt(theirs).equals(Buffer.from(message))).toBe(true)
      const ours = crypto.encrypt(message)
      expect(referenceDecrypt(vector.encodingAESKey, ours)).toMatchObject({ id: vector.corpid })
      expect(crypto.decrypt(ours).equals(Buffer.from(message))).toBe(true)
      expect(crypto.sign(timestamp, nonce, ours)).toBe(getSignature(vector.token, timestamp, nonce, ours))
    }))
  })

  it('refuses a signature over anything else', () => {
    const { event } = vector
    const verify = (signature: string, timestamp = event.timestamp, nonce = event.nonce, encrypt = event.encrypt) =>
      crypto.verify(signature, timestamp, nonce, encrypt)
    expect(verify(event.msg_signature.replace(/^./, event.msg_signature.startsWith('0') ? '1' : '0'))).toBe(false)
    expect(verify(event.msg_signature.toUpperCase())).toBe(false)
    expect(verify('')).toBe(false)
    expect(verify(`${event.msg_signature}0`)).toBe(false)
    expect(verify('é'.repeat(40))).toBe(false)
    expect(verify(event.msg_signature, '1767225602')).toBe(false)
    expect(verify(event.msg_signature, event.timestamp, 'other')).toBe(false)
    expect(verify(event.msg_signature, event.timestamp, event.nonce, `${event.encrypt}=`)).toBe(false)
    const otherToken = createCallbackCrypto({ token: 'other', aesKey: vector.encodingAESKey, receiveId: vector.corpid })
    expect(otherToken.verify(event.msg_signature, event.timestamp, event.nonce, event.encrypt)).toBe(false)
  })

  it('refuses what is meant for another company, also when its id ends or begins like ours', () => {
    for (const id of ['wwffffffffffffffff', `x${vector.corpid}`, `${vector.corpid}x`, vector.corpid.slice(1), vector.corpid.slice(0, -1)]) {
      expect(reasonOf(() => crypto.decrypt(referenceEncrypt(vector.encodingAESKey, 'hello', id)))).toBe('receiveid')
    }
    expect(reasonOf(() => crypto.decrypt(referenceEncrypt(vector.encodingAESKey, '', 'w')))).toBe('length')
  })

  it('refuses broken base64, lengths and padding by name', () => {
    const good = vector.event.encrypt
    expect(reasonOf(() => crypto.decrypt(''))).toBe('base64')
    expect(reasonOf(() => crypto.decrypt(`${good.slice(0, 8)}*${good.slice(9)}`))).toBe('base64')
    expect(reasonOf(() => crypto.decrypt(good.replace('+', '-')))).toBe('base64')
    expect(reasonOf(() => crypto.decrypt(good.slice(0, -4)))).toBe('length')
    expect(reasonOf(() => crypto.decrypt('QUJD'))).toBe('length')
    const id = Buffer.from(vector.corpid)
    const plain = Buffer.concat([random, Buffer.from([0, 0, 0, 5]), Buffer.from('hello'), id])
    const pad = 64 - plain.length
    const padded = (fill: Buffer) => raw(Buffer.concat([plain, fill]))
    expect(reasonOf(() => crypto.decrypt(padded(Buffer.alloc(pad, pad))))).toBe('accepted')
    expect(reasonOf(() => crypto.decrypt(padded(Buffer.concat([Buffer.alloc(pad - 2, pad), Buffer.from([0, pad])]))))).toBe('padding')
    expect(reasonOf(() => crypto.decrypt(padded(Buffer.alloc(pad, 0))))).toBe('padding')
    expect(reasonOf(() => crypto.decrypt(padded(Buffer.alloc(pad, 33))))).toBe('padding')
    expect(reasonOf(() => crypto.decrypt(raw(Buffer.alloc(32, 32))))).toBe('length')
    for (const length of [4, 6, 0xffffffff]) {
      const head = Buffer.alloc(4)
      head.writeUInt32BE(length)
      const lying = Buffer.concat([random, head, Buffer.from('hello'), id, Buffer.alloc(pad, pad)])
      expect(reasonOf(() => crypto.decrypt(raw(lying)))).toBe('receiveid')
    }
  })

  it('answers any ciphertext with a message or CallbackMalformed, never with another error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      expect(['base64', 'length', 'padding', 'receiveid']).toContain(reasonOf(() => crypto.decrypt(Buffer.from(bytes).toString('base64'))))
    }), { numRuns: 500 })
  })

  it('will not start with a broken key', () => {
    expect(() => createCallbackCrypto({ token: 't', aesKey: 'short', receiveId: 'ww' })).toThrow()
    expect(() => createCallbackCrypto({ token: 't', aesKey: vector.encodingAESKey, receiveId: '' })).toThrow()
  })
})
