import { createHash } from 'node:crypto'
import { Invariant } from '../errors.ts'
import type { Classify } from '../jobs/index.ts'
import { orderKeyOf, parseCallback, type WecomEvent } from '../wecom/index.ts'
import type { ConfiguredCrypto } from './receiver.ts'
import { ciphertextOf } from './stored-payload.ts'

const longestOrderKey = 160

function kindOf(event: WecomEvent): string {
  if (event.kind !== 'unknown') return event.kind
  return ['unknown', event.event, event.changeType ?? ''].filter((part) => part !== '').join(':').replace(/[^\w.:-]/g, '_')
}

function shortKey(key: string): string {
  return key.length <= longestOrderKey ? key : createHash('sha256').update(key).digest('hex')
}

/** The code dies after 20 seconds: whoever scanned is welcomed by then or not at all. */
const hasWelcomeCode = (event: WecomEvent): boolean => 'welcomeCode' in event && event.welcomeCode !== null

/**
 * Reads stored callbacks for the inbox worker: kind and order key of the event, and its text. What we do not know gets a
 * kind of its own (`unknown:EVENT:CHANGE`), so that people see what they miss (T13).
 */
export function createCallbackClassifier(cryptos: readonly ConfiguredCrypto[]): Classify {
  const bySource = new Map<string, ConfiguredCrypto['crypto']>(cryptos.map(({ source, crypto }) => [source, crypto]))
  return (payload, source) => {
    const crypto = bySource.get(source)
    if (crypto === undefined) throw new Invariant(`callbacks of ${source} are not configured`)
    const content = crypto.decrypt(ciphertextOf(payload, source)).toString('utf8')
    const event = parseCallback(content)
    return { kind: kindOf(event), orderKey: shortKey(orderKeyOf(event)), content, isUrgent: hasWelcomeCode(event) }
  }
}
