import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSealer } from '../sealing.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { createReading } from './inbox-reading.ts'
import { createInbox, type Inbox } from './inbox-store.ts'
import { createInboxWorker, type InboxEvent, type InboxWorkerOptions, type Worker } from './inbox-worker.ts'
import { arrivals, inbox } from './jobs.entity.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const sealer = createSealer(['a data key of at least 32 characters'])
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Texts look like `kind|key|number`. */
const classify: InboxWorkerOptions<string>['classify'] = (content) => {
  const [kind = '', orderKey = ''] = content.split('|')
  return { kind, orderKey, content, isUrgent: kind === 'urgent' }
}

describe.each(await testDatabaseKinds())('callbacks that arrive faster than they are handled, on %s', (kind) => {
  let test: TestDatabase
  let store: Inbox
  let workers: Worker[]
  let handled: string[]

  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    await test.database.db.clear(inbox)
    await test.database.db.clear(arrivals)
    store = createInbox({ database: test.database, clock: Date.now, log: silent })
    workers = []
    handled = []
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(100)))
  })

  const put = (text: string) => store.store({ digest: digestOf(text), source: 'app', payload: text })
  const stateOf = async (text: string) => (await test.database.db.findOneBy(inbox, { digest: digestOf(text) }))?.state

  function work(prepare: (event: InboxEvent<string>) => Promise<void> = async () => undefined, more: Partial<InboxWorkerOptions<string>> = {}): Worker {
    const handler = { prepare, apply: async (_work: unknown, event: InboxEvent<string>) => void handled.push(event.content) }
    const worker = createInboxWorker<string>({
      database: test.database, clock: Date.now, log: silent, sealer, classify, parse: (content) => content,
      handlers: new Map([['e', handler], ['urgent', handler]]), ...more,
    })
    workers.push(worker)
    return worker
  }

  /** The numbers of each key, in the order in which they were handled. */
  function byKey(): Map<string, number[]> {
    const numbers = new Map<string, number[]>()
    for (const text of handled) {
      const [, key = '', number] = text.split('|')
      numbers.set(key, [...numbers.get(key) ?? [], Number(number)])
    }
    return numbers
  }

  const isSorted = (numbers: readonly number[]) => numbers.every((number, place) => place === 0 || number > (numbers[place - 1] ?? Number.NaN))

  it('are handled in the order of their key while more and more arrive', { timeout: 120_000 }, async () => {
    work().start()
    let sent = 0
    while (handled.length < 400) {
      // as many at once as a look reads, and the next ones before those are handled
      if (sent - handled.length < 500) await Promise.all(Array.from({ length: 100 }, () => put(`e|key${sent % 40}|${sent++}`)))
      else await pause(1)
    }
    expect(sent).toBeGreaterThanOrEqual(400)
    await expect.poll(() => handled.length, { timeout: 100_000 }).toBe(sent)
    for (const numbers of byKey().values()) expect(isSorted(numbers)).toBe(true)
    expect(new Set(handled).size).toBe(sent)
  })

  it('go on with other keys and keep the order when hundreds lie under one key', { timeout: 120_000 }, async () => {
    for (let number = 0; number < 400; number += 1) void put(`e|long|${number}`)
    for (let number = 0; number < 40; number += 1) void put(`e|key${number}|${number}`)
    await put('e|last|0')
    await work(async (event) => {
      // the long one is slow: the others do not wait for it
      if (event.orderKey === 'long' && event.content.endsWith('|5')) await expect.poll(() => handled.filter((text) => !text.startsWith('e|long')).length, { timeout: 20_000 }).toBe(41)
    }).drain()
    expect(handled).toHaveLength(441)
    expect(byKey().get('long')).toEqual(Array.from({ length: 400 }, (_unused, place) => place))
  })

  it('wait for what is urgent, except behind an older one of the same key', async () => {
    for (let number = 0; number < 60; number += 1) await put(`e|key${number}|${number}`)
    await put('urgent|key59|60')
    await put('urgent|new|61')
    await work(undefined, { concurrency: 1 }).drain()
    expect(handled[0]).toBe('urgent|new|61')
    expect(handled.slice(-2)).toEqual(['e|key59|59', 'urgent|key59|60'])
    expect(handled).toHaveLength(62)
  })

  if (kind === 'mysql') it('are handled although nothing new can be read for a while', { timeout: 60_000 }, async () => {
    for (const text of ['e|a|1', 'e|a|2', 'e|b|3']) await put(text)
    await createReading({ database: test.database, clock: Date.now, log: silent, sealer, classify, handles: () => true, onHandled: () => undefined })()
    for (const text of ['e|c|4', 'e|d|5']) await put(text)
    let release = (): void => undefined
    let holding: Promise<void> = Promise.resolve()
    await new Promise<void>((locked) => {
      holding = test.database.transaction(async (unit) => {
        await unit.db.query('select digest from arrivals where digest = ? for update', [digestOf('e|c|4')])
        locked()
        await new Promise<void>((resolve) => { release = resolve })
      })
    })
    work().start()
    try {
      await expect.poll(() => [...handled].sort(), { timeout: 20_000 }).toEqual(['e|a|1', 'e|a|2', 'e|b|3'])
      expect([await stateOf('e|c|4'), await stateOf('e|d|5'), await test.database.db.count(arrivals)]).toEqual([undefined, undefined, 2])
    } finally {
      release()
      await holding
    }
    await expect.poll(() => handled.length, { timeout: 20_000 }).toBe(5)
  })
})
