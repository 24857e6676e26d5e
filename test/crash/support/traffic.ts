import { seededRandom, type Random } from '../../company/random.ts'
import { demoKfId, type Delivery, type Simulator } from '../../simulator/index.ts'
import { testSecrets } from '../../support/test-app.ts'
import type { WecomClock } from './stage.ts'

export interface TrafficOptions {
  readonly simulator: Simulator
  readonly clock: WecomClock
  /** Distinct callbacks altogether; exact duplicates come on top. */
  readonly events: number
  /** How many are on their way at once. */
  readonly senders: number
  /** States of codes that customers may scan. */
  readonly entranceStates: readonly string[]
  readonly seed?: number
}

export interface Traffic {
  /** Distinct callbacks that were answered 200 so far. */
  answered(): number
  readonly done: Promise<Sent>
}

/** What happened in WeCom, and what the server must know of it afterwards. */
export interface Sent {
  /** Every callback that got a 200. */
  readonly messages: readonly string[]
  readonly duplicates: number
  /** Attempts that found nobody or no 200. */
  readonly failedAttempts: number
  readonly counts: Readonly<Record<string, number>>
  /** New customers who scanned a code and were never deleted, with the person whom WeCom gave them to. */
  readonly scanned: ReadonlyMap<string, string>
  /** Text of each staff message to the app, by the writer's userid. */
  readonly toApp: ReadonlyMap<string, readonly string[]>
}

interface Pair {
  readonly userid: string
  readonly externalUserId: string
}

/** Says when deliveries are decided: one look at all of them every few milliseconds. */
class Watch {
  #open: { readonly delivery: Delivery; readonly resolve: () => void }[] = []
  #timer: NodeJS.Timeout | null = null

  decided(delivery: Delivery): Promise<void> {
    this.#timer ??= setInterval(() => this.#look(), 3)
    return new Promise((resolve) => { this.#open.push({ delivery, resolve }) })
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  #look(): void {
    const over = this.#open.filter(({ delivery }) => delivery.outcome !== 'waiting')
    if (over.length === 0) return
    this.#open = this.#open.filter(({ delivery }) => delivery.outcome === 'waiting')
    for (const { resolve } of over) resolve()
  }
}

/**
 * Lets a company live: customers are added, edited, deleted and added again, write to customer service, staff write to the app.
 * Each thing happens in the simulated WeCom at the moment its event leaves, so that API and events agree. A sender waits for
 * its 200 before its next event, as often as that takes.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const traffic = new CompanyLife(options)
  return { answered: () => traffic.messages.length, done: traffic.run() }
}

class CompanyLife {
  readonly messages: string[] = []
  readonly #simulator: Simulator
  readonly #options: TrafficOptions
  readonly #random: Random
  readonly #watch = new Watch()
  readonly #counts: Record<string, number> = {}
  readonly #scanned = new Map<string, string>()
  readonly #toApp = new Map<string, string[]>()
  /** The simulated second of each customer's last event: WeCom's clock cannot tell two within one second apart. */
  readonly #lastSecond = new Map<string, number>()
  #left: number
  #duplicates = 0
  #failedAttempts = 0
  #number = 0

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#simulator = options.simulator
    this.#random = seededRandom(options.seed ?? 20_261_123)
    this.#left = options.events
  }

  async run(): Promise<Sent> {
    const pairs = [...this.#simulator.state.follows.values()].flatMap((follows) => [...follows.values()])
      .map((follow): Pair => ({ userid: follow.userid, externalUserId: follow.externalUserId }))
    const { senders } = this.#options
    await Promise.all(Array.from({ length: senders }, (_unused, place) => this.#live(pairs.filter((_pair, at) => at % senders === place))))
    this.#watch.stop()
    return {
      messages: this.messages, duplicates: this.#duplicates, failedAttempts: this.#failedAttempts, counts: this.#counts, scanned: this.#scanned, toApp: this.#toApp,
    }
  }

  /** One sender with customers of its own. */
  async #live(pairs: Pair[]): Promise<void> {
    for (let turn = 0; this.#left > 0; turn += 1) {
      const before = this.#simulator.controls.deliveries().length
      this.#act(pairs, turn)
      const sent = this.#simulator.controls.deliveries().slice(before)
      this.#left -= sent.length
      for (const delivery of sent) await this.#untilAnswered(delivery)
      if (turn % 40 === 39) await this.#repeatOne()
    }
  }

  #act(pairs: Pair[], turn: number): void {
    const dice = this.#random.integer(1, 100)
    const pair = pairs[turn % pairs.length]
    if (dice <= 3) return this.#scanNew(pairs)
    if (dice <= 8) return this.#writeToService(pair)
    if (dice <= 16) return this.#writeToApp()
    if (dice <= 21) return this.#unknown()
    if (dice <= 26) return this.#changeTags()
    if (pair !== undefined) this.#change(pair, pairs)
  }

  #change(pair: Pair, pairs: Pair[]): void {
    const { userid, externalUserId } = pair
    this.#newSecondFor(externalUserId)
    const { controls, state } = this.#simulator
    const follow = state.follows.get(externalUserId)?.get(userid.toLowerCase())
    const dice = this.#random.integer(1, 100)
    if (follow === undefined) return this.#addAgain(pair, pairs)
    if (dice <= 12 && !this.#scanned.has(externalUserId)) {
      controls.memberDeletesCustomer(userid, externalUserId)
      return this.#count('deleted by staff')
    }
    if (dice <= 15 && !this.#scanned.has(externalUserId)) {
      controls.customerDeletesMember(userid, externalUserId)
      return this.#count('staff deleted by customer')
    }
    const tags = [...state.tagGroups.values()].flatMap((group) => group.tags.map((tag) => tag.id))
    const tag = this.#random.pick(tags)
    controls.memberEditsCustomer(userid, externalUserId, {
      remark: `备注${this.#next()}`, ...(follow.tagIds.has(tag) ? { removeTags: [tag] } : { addTags: [tag] }),
    })
    this.#count('edited')
  }

  /** By the staff member himself, or through a code and then perhaps to somebody else. */
  #addAgain({ userid, externalUserId }: Pair, pairs: Pair[]): void {
    const { controls } = this.#simulator
    const byCode = this.#random.chance(0.3)
    const added = byCode
      ? controls.customerScans({ state: this.#random.pick(this.#options.entranceStates), externalUserId })
      : controls.memberAddsCustomer(userid, { externalUserId })
    if (added.outcome !== 'added') return
    if (!pairs.some((pair) => pair.userid === added.userid && pair.externalUserId === externalUserId)) pairs.push({ userid: added.userid, externalUserId })
    this.#count(byCode ? 'added again by a code' : 'added again by staff')
  }

  #scanNew(pairs: Pair[]): void {
    const state = this.#random.pick(this.#options.entranceStates)
    const scan = this.#simulator.controls.customerScans({ state, newCustomer: { name: `新客${this.#next()}` } })
    this.#newSecondFor(scan.externalUserId)
    this.#scanned.set(scan.externalUserId, scan.userid)
    pairs.push({ userid: scan.userid, externalUserId: scan.externalUserId })
    this.#count('scanned a code')
  }

  #writeToService(pair: Pair | undefined): void {
    const isStranger = pair === undefined || this.#random.chance(0.1)
    const who = isStranger ? { newCustomer: { name: `访客${this.#next()}` } } : { externalUserId: pair.externalUserId }
    this.#simulator.controls.customerSendsKf(demoKfId, who, `请问第${this.#next()}件商品`)
    this.#count('wrote to customer service')
  }

  #writeToApp(): void {
    const userid = this.#random.pick(['clerk01', 'clerk02', 'sales01', 'manager01', 'director01'])
    const text = `问题${this.#next()}`
    this.#simulator.controls.memberMessagesApp(userid, text)
    this.#toApp.set(userid, [...this.#toApp.get(userid) ?? [], text])
    this.#count('wrote to the app')
  }

  #unknown(): void {
    this.#simulator.controls.sendRaw(this.#event('a_kind_of_next_year', `<Number>${this.#next()}</Number>`))
    this.#count('unknown kind')
  }

  #changeTags(): void {
    this.#simulator.controls.sendRaw(this.#event('change_external_tag', `<ChangeType><![CDATA[update]]></ChangeType><Id><![CDATA[et${this.#next()}]]></Id><TagType><![CDATA[tag]]></TagType>`))
    this.#count('tags changed')
  }

  #event(name: string, fields: string): string {
    const seconds = Math.floor(this.#options.clock.now() / 1000)
    return `<xml><ToUserName><![CDATA[${testSecrets.corpId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>${seconds}</CreateTime>`
      + `<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[${name}]]></Event>${fields}</xml>`
  }

  /** The very same text once more, long after its 200. */
  async #repeatOne(): Promise<void> {
    const message = this.#random.pick(this.messages)
    this.#duplicates += 1
    await this.#untilAnswered(this.#simulator.controls.sendRaw(message), false)
  }

  async #untilAnswered(first: Delivery, isNew = true): Promise<void> {
    for (let delivery = first; ; delivery = this.#simulator.controls.sendRaw(first.message)) {
      await this.#watch.decided(delivery)
      this.#failedAttempts += delivery.attempts.filter((attempt) => attempt.status !== 200).length
      if (delivery.outcome === 'delivered') break
    }
    if (isNew) this.messages.push(first.message)
  }

  #newSecondFor(externalUserId: string): void {
    const { clock } = this.#options
    const second = () => Math.floor(clock.now() / 1000)
    if (this.#lastSecond.get(externalUserId) === second()) clock.advance(1_000)
    this.#lastSecond.set(externalUserId, second())
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }

  #next(): number {
    this.#number += 1
    return this.#number
  }
}
