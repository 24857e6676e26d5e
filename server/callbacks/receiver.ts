import { hash } from 'node:crypto'
import { ProjectError } from '../errors.ts'
import type { Inbox, JobLog } from '../jobs/index.ts'
import { scanEnvelope, type CallbackCrypto } from '../wecom/index.ts'
import { readCallbackQuery, type CallbackQuery } from './callback-query.ts'
import { storedPayload } from './stored-payload.ts'

/** The app's own callback, or the one of the directory sync assistant, which has a token and key of its own. */
export type CallbackSource = 'app' | 'contact'

/** One callback configuration of WeCom. */
export interface ConfiguredCrypto {
  readonly source: CallbackSource
  readonly crypto: Pick<CallbackCrypto, 'verify' | 'decrypt'>
}

export interface CallbackLimits {
  /** Largest body, in bytes; it must fit a `text` column. 60,000 by default. */
  readonly bodyBytes: number
  /** How far WeCom's clock may be from ours, in ms; one hour by default. */
  readonly clockSkewMs: number
}

export const defaultCallbackLimits: CallbackLimits = { bodyBytes: 60_000, clockSkewMs: 3_600_000 }

export interface CallbackReceiverOptions {
  readonly cryptos: readonly ConfiguredCrypto[]
  readonly inbox: Inbox
  readonly clock: () => number
  readonly log: JobLog
  readonly limits?: Partial<CallbackLimits>
}

export interface CallbackReceiver {
  readonly bodyBytes: number
  /** Answers WeCom's check of the address: the exact plaintext of `echostr`. Throws as `receive` does. */
  verifyUrl(query: string): string
  /**
   * Resolves once the event is safe on disk. Throws `callback.bad_request` (400), `callback.bad_signature` or
   * `callback.stale` (403), `request.too_large` (413) for what is not from WeCom, and `service.unavailable` (503),
   * after which WeCom sends again, when it could not be stored. `query` is the raw text after the `?`.
   */
  receive(query: string, body: Buffer): Promise<void>
}

/** Takes callbacks in: signature on the received text, then decryption, then one row; nothing else before the answer. */
export function createCallbackReceiver(options: CallbackReceiverOptions): CallbackReceiver {
  const { cryptos, inbox, clock, log } = options
  const limits = { ...defaultCallbackLimits, ...options.limits }

  const checkTime = ({ timestamp }: CallbackQuery): void => {
    if (Math.abs(clock() - Number(timestamp) * 1000) > limits.clockSkewMs) throw new ProjectError('callback.stale', 403)
  }

  /** Whose signature this is; every configuration is asked. */
  const signer = (query: CallbackQuery, encrypt: string): ConfiguredCrypto => {
    const found = cryptos.find(({ crypto }) => crypto.verify(query.signature, query.timestamp, query.nonce, encrypt))
    if (found === undefined) throw new ProjectError('callback.bad_signature', 403)
    return found
  }

  return {
    bodyBytes: limits.bodyBytes,

    verifyUrl: (rawQuery) => {
      const query = readCallbackQuery(rawQuery)
      if (query.echo === null || query.echo === '') throw new ProjectError('callback.bad_request', 400, { place: 'echostr' })
      checkTime(query)
      return signer(query, query.echo).crypto.decrypt(query.echo).toString('utf8')
    },

    receive: async (rawQuery, body) => {
      if (body.length > limits.bodyBytes) throw new ProjectError('request.too_large', 413)
      const query = readCallbackQuery(rawQuery)
      checkTime(query)
      const { encrypt } = scanEnvelope(body)
      const { source, crypto } = signer(query, encrypt)
      const message = crypto.decrypt(encrypt)
      try {
        await inbox.store({ digest: hash('sha256', message, 'hex'), source, payload: storedPayload(source, encrypt) })
      } catch (error) {
        log.error({ source }, 'a callback could not be stored; WeCom will send it again')
        throw new ProjectError('service.unavailable', 503, {}, { cause: error })
      }
    },
  }
}
