import { Invariant } from '../errors.ts'

const mark = 'w1:'

/** How a callback waits on disk: WeCom's own ciphertext, so that nothing needs to be encrypted before the answer. */
export function storedPayload(source: string, encrypt: string): string {
  return `${mark}${source}:${encrypt}`
}

/** The ciphertext of a stored payload. */
export function ciphertextOf(payload: string, source: string): string {
  const head = `${mark}${source}:`
  if (!payload.startsWith(head)) throw new Invariant('this payload is not a stored callback of its source')
  return payload.slice(head.length)
}
