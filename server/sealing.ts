import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts single values at rest and finds them again by their exact value. */
export interface Sealer {
  /** `context` binds the value to its place (`customer.mobile`), so that it cannot be moved to another column. */
  seal(plain: string, context: string): string
  /** Throws when the key is unknown or the value was changed. */
  open(sealed: string, context: string): string
  /** The same value gives the same index under the newest key; nobody can go back from it. */
  blindIndex(value: string, context: string): string
  /** The indexes under every known key, newest first: a search during a change of keys asks for all of them. */
  blindIndexes(value: string, context: string): string[]
}

interface Key {
  readonly id: string
  readonly cipher: Buffer
  readonly index: Buffer
}

/** A whole tag and nothing shorter: without this the cipher would also take the first bytes of one. */
const tagBytes = 16

const derive = (secret: Buffer, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32))

function keyOf(secretText: string): Key {
  const secret = Buffer.from(secretText, 'utf8')
  return {
    id: createHash('sha256').update('key-id').update(secret).digest('hex').slice(0, 8),
    cipher: derive(secret, 'seal'),
    index: derive(secret, 'blind-index'),
  }
}

/**
 * AES-256-GCM with a fresh nonce per value; the sealed text is `keyId.nonce.tag+cipher` in base64url.
 * `secrets` are the entries of DATA_KEY, newest first: new values use the first, old values still open.
 */
export function createSealer(secrets: readonly [string, ...string[]]): Sealer {
  const newest = keyOf(secrets[0])
  const keys = new Map(secrets.map((secret) => keyOf(secret)).map((entry) => [entry.id, entry]))
  const indexWith = (entry: Key, value: string, context: string) =>
    createHmac('sha256', entry.index).update(context).update('\0').update(value).digest('base64url')
  return {
    seal(plain, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', newest.cipher, nonce)
      cipher.setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `${newest.id}.${nonce.toString('base64url')}.${Buffer.concat([cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(sealed, context) {
      const [keyId = '', nonce = '', rest = ''] = sealed.split('.')
      const entry = keys.get(keyId)
      if (entry === undefined) throw new Error('a sealed value names an unknown key: is an old key missing from DATA_KEY?')
      const bytes = Buffer.from(rest, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', entry.cipher, Buffer.from(nonce, 'base64url'), { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(0, tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()]).toString('utf8')
    },
    blindIndex: (value, context) => indexWith(newest, value, context),
    blindIndexes: (value, context) => [...keys.values()].map((entry) => indexWith(entry, value, context)),
  }
}
