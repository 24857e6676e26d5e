import { randomBytes, randomInt } from 'node:crypto'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` random letters and digits. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('')
}

/** `length` random hex digits. */
export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2)).toString('hex').slice(0, length)
}

/** A 64-bit message id as WeCom's `MsgId`: larger than 2^53, so a string. */
export function messageId(): string {
  return `7${Array.from({ length: 18 }, () => randomInt(10)).join('')}`
}

/** The nonce of a callback: ten digits. */
export function callbackNonce(): string {
  return String(randomInt(1_000_000_000, 9_999_999_999))
}
