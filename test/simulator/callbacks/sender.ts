import { callbackNonce } from '../ids.ts'
import type { CallbackRules, CallbackTarget } from '../options.ts'
import { sealEcho, sealEvent } from './envelope.ts'

export interface Attempt {
  readonly at: number
  readonly status: number | null
  readonly error: string | null
  readonly tookMs: number
}

/** One event and what became of it. */
export interface Delivery {
  readonly id: number
  readonly to: 'app' | 'contact'
  readonly message: string
  readonly attempts: Attempt[]
  outcome: 'waiting' | 'delivered' | 'failed' | 'dropped'
  /** Set when the receiver's 200 carried a body that WeCom would not understand. */
  oddAnswer: string | null
}

/** What goes wrong on the way: probabilities, and counts for the next events. */
export interface DeliveryFaults {
  duplicate: number
  drop: number
  duplicateNext: number
  dropNext: number
  /** Each delivery waits a random time up to this. */
  delayMs: number
  /** Events of this long a window arrive in random order; 0 switches it off. */
  reorderMs: number
}

export interface SenderSettings {
  readonly corpId: string
  readonly agentId: number
  readonly rules: CallbackRules
  readonly targets: { app: CallbackTarget, contact: CallbackTarget | undefined }
  readonly now: () => number
}

const retries = 3

/** Sends events as WeCom does: encrypted, unordered, 5 s, three repetitions with a new nonce (path/90930). */
export class CallbackSender {
  readonly deliveries: Delivery[] = []
  readonly faults: DeliveryFaults = { duplicate: 0, drop: 0, duplicateNext: 0, dropNext: 0, delayMs: 0, reorderMs: 0 }
  readonly #settings: SenderSettings
  readonly #waiting: (() => void)[] = []
  readonly #open = new Set<Promise<void>>()
  #held: Delivery[] = []
  #active = 0
  #stopped = false

  constructor(settings: SenderSettings) {
    this.#settings = settings
  }

  /** Queues one decrypted message; returns at once. */
  send(to: 'app' | 'contact', message: string): Delivery {
    const delivery: Delivery = { id: this.deliveries.length + 1, to, message, attempts: [], outcome: 'waiting', oddAnswer: null }
    this.deliveries.push(delivery)
    if (this.#shouldDrop()) {
      delivery.outcome = 'dropped'
      return delivery
    }
    const copies = this.#shouldDuplicate() ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) this.#dispatch(delivery)
    return delivery
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open)
  }

  /** Stops repetitions and new deliveries. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.idle()
  }

  /** What saving the configuration in WeCom does: GET, exact body, within a second. */
  async verifyUrl(to: 'app' | 'contact'): Promise<{ ok: boolean, status: number | null, body: string }> {
    const target = this.#target(to)
    const echo = callbackNonce()
    const url = sealEcho(target, this.#settings.corpId, echo, this.#settings.now())
    try {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(this.#settings.rules.verifyTimeoutMs ?? 1_000) })
      const body = await answer.text()
      return { ok: answer.status === 200 && body === echo, status: answer.status, body }
    } catch (error) {
      return { ok: false, status: null, body: String(error) }
    }
  }

  #dispatch(delivery: Delivery): void {
    if (this.faults.reorderMs === 0) return this.#track(this.#deliver(delivery))
    this.#held.push(delivery)
    if (this.#held.length > 1) return
    this.#track(pause(this.faults.reorderMs).then(async () => {
      const held = shuffled(this.#held)
      this.#held = []
      await Promise.all(held.map((each) => this.#deliver(each)))
    }))
  }

  #track(work: Promise<void>): void {
    this.#open.add(work)
    void work.finally(() => this.#open.delete(work))
  }

  async #deliver(delivery: Delivery): Promise<void> {
    await pause(Math.random() * this.faults.delayMs)
    for (let attempt = 0; attempt <= retries && !this.#stopped; attempt += 1) {
      if (attempt > 0) await pause(this.#settings.rules.retryDelayMs ?? 500)
      await this.#enter()
      const done = await this.#attempt(delivery).finally(() => this.#leave())
      if (done) {
        delivery.outcome = 'delivered'
        return
      }
    }
    if (delivery.outcome === 'waiting') delivery.outcome = 'failed'
  }

  async #attempt(delivery: Delivery): Promise<boolean> {
    const { corpId, agentId, now, rules } = this.#settings
    const started = Date.now()
    const at = now()
    const note = (status: number | null, error: string | null): void => {
      delivery.attempts.push({ at, status, error, tookMs: Date.now() - started })
    }
    try {
      const envelope = sealEvent(this.#target(delivery.to), corpId, delivery.to === 'app' ? agentId : null, delivery.message, at)
      const answer = await fetch(envelope.url, {
        method: 'POST', body: envelope.body, headers: { 'content-type': 'text/xml' }, redirect: 'manual',
        signal: AbortSignal.timeout(rules.timeoutMs ?? 5_000),
      })
      const body = await answer.text()
      note(answer.status, null)
      if (answer.status === 200 && body !== '' && body !== 'success' && !body.startsWith('<xml>')) delivery.oddAnswer = body.slice(0, 200)
      return answer.status === 200
    } catch (error) {
      note(null, error instanceof Error ? error.name : String(error))
      return false
    }
  }

  #target(to: 'app' | 'contact'): CallbackTarget {
    const target = this.#settings.targets[to]
    if (target === undefined) throw new Error('the contact callback is not configured')
    return target
  }

  #shouldDrop(): boolean {
    if (this.faults.dropNext > 0) {
      this.faults.dropNext -= 1
      return true
    }
    return Math.random() < this.faults.drop
  }

  #shouldDuplicate(): boolean {
    if (this.faults.duplicateNext > 0) {
      this.faults.duplicateNext -= 1
      return true
    }
    return Math.random() < this.faults.duplicate
  }

  async #enter(): Promise<void> {
    if (this.#active >= (this.#settings.rules.concurrency ?? 20)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#active += 1
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#active -= 1
    else next()
  }
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => { setTimeout(resolve, ms) })
}

function shuffled<T>(list: readonly T[]): T[] {
  return list.map((value) => ({ value, place: Math.random() })).sort((a, b) => a.place - b.place).map(({ value }) => value)
}
