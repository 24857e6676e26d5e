import { z } from 'zod'
import { In } from 'typeorm'
import type { Audit } from '../audit/index.ts'
import { addTags, becomeOwner, customerTags, updateCustomer, type Customer, type Follow, type OnFollowEvent, type OnFollowMended } from '../customers/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { present } from '../errors.ts'
import { addOutbox, type OutboxContext, type OutboxHandler } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import type { Screenings } from '../screening/index.ts'
import type { WecomClient } from '../wecom/index.ts'
import { entrances, type Entrance } from './entrance.entity.ts'
import { entranceOfState } from './entrances.ts'
import { screenWelcome } from './welcome-text.ts'

export interface EntranceWorkers {
  readonly database: Database
  readonly audit: Audit
  readonly screenings: Pick<Screenings, 'scanAll'>
  readonly wecom: Pick<WecomClient, 'listCorpTags' | 'addCorpTag' | 'addContactWay' | 'getContactWay' | 'listContactWays' | 'updateContactWay' | 'sendWelcome'>
  readonly clock: () => number
}

/** A welcome code dies 20 seconds after its event (WeCom doc path/92137). */
const welcomeLifetimeMs = 20_000

/**
 * A customer came through a store's code: owner by the store's rota (WeCom chose the person), source, tags and welcome.
 * A customer who has an owner keeps him; the new store sees its own part through the follow (S31).
 */
export function onScan(options: EntranceWorkers): OnFollowEvent {
  return async (work, { event, receivedAt, customer, follow }) => {
    if (event.kind === 'follow.archive-agreed') return
    if (event.kind !== 'follow.added' && event.kind !== 'follow.half-added') return
    const entrance = event.state === null ? null : await entranceOfState(work.db, event.state)
    if (entrance === null) return
    if (event.welcomeCode !== null) {
      await addOutbox(work, {
        kind: 'welcome.send', payload: { entranceId: entrance.id, welcomeCode: event.welcomeCode }, uniqueKey: `welcome:${event.welcomeCode}`.slice(0, 160),
        expiresAt: receivedAt + welcomeLifetimeMs,
      })
    }
    if (customer === null || follow === null || event.kind !== 'follow.added') return
    await receive(options, work, entrance, customer, follow)
  }
}

/** The same for a customer whose event was lost: what the repair finds gets owner, source and tags too (S31). */
export function onMended(options: EntranceWorkers): OnFollowMended {
  return async (work, { customer, follow }) => {
    const entrance = follow.state === null ? null : await entranceOfState(work.db, follow.state)
    // WeCom's times have whole seconds. An older relation cannot have come through this code.
    if (entrance !== null && follow.beganAt + 999 >= entrance.createdAt) await receive(options, work, entrance, customer, follow)
  }
}

async function receive(options: EntranceWorkers, work: UnitOfWork, entrance: Entrance, customer: Customer, follow: Follow): Promise<void> {
  const won = await becomeOwner(work, { customerId: customer.id, staffId: follow.staffId, departmentId: entrance.departmentId, reason: 'entrance', now: options.clock() })
  if (won) {
    await options.audit.record(work.db, {
      actorKind: 'system', action: 'customer.owned', subjectKind: 'customer', subjectId: customer.id, outcome: 'done', details: { staffId: follow.staffId, entranceId: entrance.id },
    })
  }
  if (customer.source === null) await updateCustomer(work, { id: customer.id }, { source: entrance.state, addWay: follow.addWay })
  const person = await work.db.getRepository(staff).findOneByOrFail({ id: follow.staffId })
  await tagByEntrance(work, entrance, { customerId: customer.id, followId: follow.id, userid: person.userid, externalUserId: customer.externalUserId })
}

async function tagByEntrance(work: UnitOfWork, entrance: Entrance, on: { customerId: string; followId: string; userid: string; externalUserId: string }): Promise<void> {
  if (entrance.tagIds.length === 0) return
  const known = new Set((await work.db.getRepository(customerTags).findBy({ followId: on.followId, tagId: In(entrance.tagIds) })).map((row) => row.tagId))
  const missing = entrance.tagIds.filter((tagId) => !known.has(tagId))
  if (missing.length === 0) return
  await addTags(work, { id: on.followId, customerId: on.customerId }, missing)
  await addOutbox(work, { kind: 'customer.mark-tags', orderKey: `customer:${on.externalUserId}`, payload: { userid: on.userid, externalUserId: on.externalUserId, add: missing } })
}

const OneEntrance = z.object({ entranceId: z.string() })
const Welcome = z.object({ entranceId: z.string(), welcomeCode: z.string() })

export function entranceEffects(options: EntranceWorkers): [string, OutboxHandler][] {
  const find = (id: string) => options.database.db.getRepository(entrances).findOneBy({ id })
  return [
    // WeCom has no idempotency key here: after a crash the code is looked for by its state before another one is made.
    ['entrance.create', { repeat: 'read-back', run: async (payload, context) => createEntrance(options, await find(OneEntrance.parse(payload).entranceId), context) }],
    ['entrance.people', {
      repeat: 'safe',
      run: async (payload) => {
        const entrance = await find(OneEntrance.parse(payload).entranceId)
        if (entrance?.configId !== null && entrance?.configId !== undefined) await options.wecom.updateContactWay(entrance.configId, { userids: entrance.userids })
      },
    }],
    // The code works once: a second call after a crash is answered with "already welcomed".
    ['welcome.send', {
      repeat: 'safe',
      run: async (payload) => {
        const { entranceId, welcomeCode } = Welcome.parse(payload)
        const entrance = await find(entranceId)
        return entrance === null || entrance.welcomeText === '' ? undefined : sendWelcome(options, entrance, welcomeCode)
      },
    }],
  ]
}

/** Scanned as it leaves, with the words in force at this moment (S39); what was stopped is on the record. */
async function sendWelcome({ audit, screenings, wecom }: EntranceWorkers, { id, welcomeText }: Entrance, welcomeCode: string): Promise<((work: UnitOfWork) => Promise<void>) | undefined> {
  const { text, stopped } = await screenWelcome(screenings, welcomeText)
  if (text !== null) await wecom.sendWelcome({ welcomeCode, text })
  if (stopped === null) return undefined
  return async (work) => {
    await audit.record(work.db, {
      actorKind: 'system', action: 'welcome.stopped', subjectKind: 'entrance', subjectId: id, outcome: 'refused',
      details: { categories: [...new Set(stopped.hits.map((hit) => hit.category))], screening: stopped.verdict, plain: text !== null },
    })
  }
}

async function createEntrance(options: EntranceWorkers, entrance: Entrance | null, context: OutboxContext) {
  if (entrance === null || entrance.configId !== null || entrance.userids.length === 0) return
  const tagIds = entrance.tagIds.length > 0 ? entrance.tagIds : [await storeTag(options, entrance)]
  const found = context.mustReadBack ? await findByState(options, entrance) : null
  const way = found ?? await options.wecom.addContactWay({ kind: 'multi', state: entrance.state, remark: entrance.remark, userids: entrance.userids, skipVerify: true })
  return async (work: UnitOfWork) => {
    const now = options.clock()
    await addOutbox(work, { kind: 'tags.sync', payload: {}, uniqueKey: 'tags.sync', whileRunning: 'again', reviveParked: true })
    await work.db.getRepository(entrances).update({ id: entrance.id }, { configId: way.configId, qrCode: way.qrCodeUrl, tagIds, status: 'ready', updatedAt: now })
  }
}

const storeTagGroup = '来源门店'

/** The tag that says through which store a customer came; looked for before it is made, so that there is one per store. */
async function storeTag(options: EntranceWorkers, entrance: Entrance): Promise<string> {
  const name = entrance.remark
  const known = (await options.wecom.listCorpTags()).filter((group) => group.name === storeTagGroup).flatMap((group) => group.tags).find((tag) => tag.name === name)
  if (known !== undefined) return known.id
  const added = await options.wecom.addCorpTag({ groupName: storeTagGroup, name })
  return present(added.tags.find((tag) => tag.name === name), 'the tag that was just added').id
}

async function findByState(options: EntranceWorkers, entrance: Entrance): Promise<{ configId: string; qrCodeUrl: string | null } | null> {
  const day = 24 * 60 * 60_000
  for await (const page of options.wecom.listContactWays({ from: entrance.createdAt - day, to: options.clock() + day })) {
    for (const configId of page) {
      const way = await options.wecom.getContactWay(configId)
      if (way.state === entrance.state) return way
    }
  }
  return null
}
