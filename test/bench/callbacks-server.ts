import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { decrypt, getSignature } from '@wecom/crypto'
import Koa from 'koa'
import { pino } from 'pino'
import { callbackRoutes, createCallbackClassifier, createCallbackReceiver, type ConfiguredCrypto } from '../../server/callbacks/index.ts'
import { openDatabase, type Database } from '../../server/database/database.ts'
import { migrateUp } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { answerErrors } from '../../server/http/answer-errors.ts'
import { nameRequests } from '../../server/http/request-state.ts'
import { addOutbox, createInbox, createInboxWorker, queueDepths, type Inbox } from '../../server/jobs/index.ts'
import { createSealer } from '../../server/sealing.ts'
import { createCallbackCrypto, parseCallback, type WecomEvent } from '../../server/wecom/index.ts'
import { migrations } from '../../migrations/index.ts'
import { secrets } from './callbacks-material.ts'

/** One server process of the bench: `floor`, `peer`, or `store URL [workers]`. Tells its parent the port. */
const [kind = '', url = '', workers = ''] = process.argv.slice(2)
const log = pino({ level: 'error' })
const cryptos: readonly ConfiguredCrypto[] = [{ source: 'app', crypto: createCallbackCrypto(secrets) }]

/** The product's own stack; only the inbox differs between the floor and the product. */
function appWith(inbox: Inbox): Koa {
  const app = new Koa()
  app.use(nameRequests())
  app.use(answerErrors(log))
  app.use(callbackRoutes(createCallbackReceiver({ cryptos, inbox, clock: Date.now, log })))
  return app
}

/** What one would write with the official library and the usual XML parser: nothing stored, receive id unchecked. */
function peerApp(): Koa {
  const { parseStringPromise }: { parseStringPromise: (xml: string, options: object) => Promise<{ xml: Record<string, string> }> } = createRequire(import.meta.url)('xml2js')
  const options = { explicitArray: false }
  const app = new Koa()
  app.use(async (ctx) => {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk)
    const { xml } = await parseStringPromise(Buffer.concat(chunks).toString('utf8'), options)
    const { msg_signature: signature, timestamp, nonce } = ctx.query
    if (getSignature(secrets.token, String(timestamp), String(nonce), xml['Encrypt'] ?? '') !== signature) return ctx.throw(403)
    const event = await parseStringPromise(decrypt(secrets.aesKey, xml['Encrypt'] ?? '').message, options)
    if (event.xml['MsgType'] === undefined) return ctx.throw(400)
    ctx.body = ''
  })
  return app
}

/** Every event is read, ordered and applied with one row of its own in the same transaction. */
function startWorkers(database: Database): void {
  const handler = {
    prepare: async () => null,
    apply: async (work: Parameters<typeof addOutbox>[0], event: { readonly digest: string }) => {
      await addOutbox(work, { kind: 'bench.effect', payload: { digest: event.digest } })
    },
  }
  let handled = 0
  createInboxWorker<WecomEvent>({
    database, clock: Date.now, log,
    sealer: createSealer(['a key for the bench only, of 32 characters']),
    classify: createCallbackClassifier(cryptos),
    parse: (content) => parseCallback(content),
    handlers: new Map([['follow.edited', handler]]),
    onHandled: (eventKind, outcome) => {
      if (outcome !== 'done') throw new Error(`${eventKind} was ${outcome}`)
      handled += 1
    },
  }).start()
  process.on('message', (value: unknown) => {
    if (value === 'handled?') process.send?.({ handled })
    if (value === 'oldest?') void queueDepths(database, 'inbox', Date.now).then(({ oldestMs }) => process.send?.({ oldestMs }))
  })
}

async function listener(): Promise<RequestListener> {
  if (kind === 'floor') return appWith({ store: async () => undefined }).callback()
  if (kind === 'peer') return peerApp().callback()
  const database = await openDatabase({ url, entities, migrations })
  await migrateUp(database)
  if (workers === 'workers') startWorkers(database)
  return appWith(createInbox({ database, clock: Date.now, log })).callback()
}

const server = createServer(await listener())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('message', (value: unknown) => {
  const { user, system } = process.cpuUsage()
  if (value === 'cpu?') process.send?.({ cpuMicros: user + system })
})
process.on('disconnect', () => process.exit())
