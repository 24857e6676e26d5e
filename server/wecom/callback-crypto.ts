import { createCipheriv, createDecipheriv, createSecretKey, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Invariant } from '../errors.ts'
import { CallbackMalformed } from './errors.ts'

/** Pads to 32, twice the AES block (WeCom doc path/90968). */
const padUnit = 32
const blockBytes = 16
const randomBytesCount = 16
const headBytes = randomBytesCount + 4

const signatureForm = /^[0-9a-f]{40}$/
const signatureLength = 40

export interface CallbackCryptoSettings {
  readonly token: string
  /** EncodingAESKey: 43 characters. */
  readonly aesKey: string
  /** The corp id for a self-built app. */
  readonly receiveId: string
}

export interface CallbackCrypto {
  /** Whether the signature belongs to these texts; constant time. To be asked before anything is decrypted. */
  verify(signature: string, timestamp: string, nonce: string, encrypt: string): boolean
  /** The inner message; throws `CallbackMalformed` for anything that was not encrypted for this receiver. */
  decrypt(encrypt: string): Buffer
  /** Base64 ciphertext of a message for WeCom; `random` (16 bytes) is given only in tests. */
  encrypt(message: string | Buffer, random?: Buffer): string
  /** Lower-case hex signature. */
  sign(timestamp: string, nonce: string, encrypt: string): string
}

function keyBytes(aesKey: string): Buffer {
  if (!/^[A-Za-z0-9]{43}$/.test(aesKey)) throw new Invariant('the callback AES key must be 43 letters and digits')
  return Buffer.from(`${aesKey}=`, 'base64')
}

/** Strict: the decoder skips foreign characters, which shows in the length, and would take the URL alphabet. */
function decodeBase64(encrypt: string): Buffer {
  const filler = encrypt.endsWith('==') ? 2 : Number(encrypt.endsWith('='))
  const bytes = Buffer.from(encrypt, 'base64')
  const complete = encrypt.length % 4 === 0 && bytes.length === (encrypt.length / 4) * 3 - filler
  if (!complete || encrypt.length === 0 || encrypt.includes('-') || encrypt.includes('_')) throw new CallbackMalformed('base64')
  if (bytes.length % blockBytes !== 0) throw new CallbackMalformed('length')
  return bytes
}

/** How many bytes of padding end the plaintext: 1 to 32, each holding that number. */
function padLength(plain: Buffer): number {
  const length = plain[plain.length - 1] ?? 0
  if (length < 1 || length > padUnit || length > plain.length) throw new CallbackMalformed('padding')
  for (let at = plain.length - length; at < plain.length; at += 1) {
    if (plain[at] !== length) throw new CallbackMalformed('padding')
  }
  return length
}

/**
 * Signature and cipher of callbacks: AES-256-CBC over `random(16) ‖ length(4, big endian) ‖ message ‖ receiveid`,
 * signature = sha1 over the sorted token, timestamp, nonce and ciphertext.
 */
export function createCallbackCrypto(settings: CallbackCryptoSettings): CallbackCrypto {
  if (settings.token === '' || settings.receiveId === '') throw new Invariant('callback token and receive id must not be empty')
  const bytes = keyBytes(settings.aesKey)
  const key = createSecretKey(bytes)
  const iv = bytes.subarray(0, blockBytes)
  const receiveId = Buffer.from(settings.receiveId)
  // used within one synchronous call only
  const expected = Buffer.alloc(signatureLength)
  const given = Buffer.alloc(signatureLength)

  const sign = (timestamp: string, nonce: string, encrypt: string): string =>
    hash('sha1', [settings.token, timestamp, nonce, encrypt].sort().join(''), 'hex')

  return {
    sign,

    verify(signature, timestamp, nonce, encrypt) {
      if (!signatureForm.test(signature)) return false
      expected.write(sign(timestamp, nonce, encrypt), 'latin1')
      given.write(signature, 'latin1')
      return timingSafeEqual(expected, given)
    },

    decrypt(encrypt) {
      const decipher = createDecipheriv('aes-256-cbc', key, iv)
      decipher.setAutoPadding(false)
      // without padding the whole plaintext comes from update(); final() would only add an empty buffer
      const plain = decipher.update(decodeBase64(encrypt))
      const end = plain.length - padLength(plain)
      const messageEnd = end - receiveId.length
      if (messageEnd < headBytes) throw new CallbackMalformed('length')
      if (plain.readUInt32BE(randomBytesCount) !== messageEnd - headBytes) throw new CallbackMalformed('receiveid')
      if (!plain.subarray(messageEnd, end).equals(receiveId)) throw new CallbackMalformed('receiveid')
      return plain.subarray(headBytes, messageEnd)
    },

    encrypt(message, random = randomBytes(randomBytesCount)) {
      if (random.length !== randomBytesCount) throw new Invariant('the random block has 16 bytes')
      const body = typeof message === 'string' ? Buffer.from(message) : message
      const length = Buffer.alloc(4)
      length.writeUInt32BE(body.length)
      const plain = Buffer.concat([random, length, body, receiveId])
      const pad = padUnit - (plain.length % padUnit)
      const cipher = createCipheriv('aes-256-cbc', key, iv)
      cipher.setAutoPadding(false)
      return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]).toString('base64')
    },
  }
}
