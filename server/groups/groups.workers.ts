import { In } from 'typeorm'
import { z } from 'zod'
import type { Database, UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { addOutbox, type InboxHandler, type OutboxHandler } from '../jobs/index.ts'
import { staff, syncStates } from '../organization/index.ts'
import { mostGroupOwners, WecomError, type WecomClient, type WecomEvent, type WecomGroup } from '../wecom/index.ts'
import { customerGroups } from './group.entity.ts'
import { putGroup } from './put-group.ts'

export interface GroupWorkers {
  readonly database: Database
  readonly wecom: Pick<WecomClient, 'listFollowUsers' | 'listGroups' | 'getGroup'>
  readonly clock: () => number
}

/** WeCom shows a group as it was for about two seconds after an event (path/92130). */
const settledMs = 3_000

const Owners = z.object({ userids: z.array(z.string()) })
const OneGroup = z.object({ chatId: z.string() })
const firstReading = 'groups.first'

/** Wants a reading of all groups: at first, and each night for what events did not tell. */
export async function wantGroupSync(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: 'groups.sync', payload: {}, uniqueKey: 'groups.sync', reviveParked: true })
}

/** Once a company's people are known for the first time, its groups are read. */
export async function firstGroupSync(work: UnitOfWork, now: number): Promise<void> {
  const table = work.db.getRepository(syncStates)
  if (await table.existsBy({ name: firstReading })) return
  try {
    await table.insert({ name: firstReading, value: {}, updatedAt: now })
  } catch (error) {
    if (isUniqueViolation(error)) return
    throw error
  }
  await wantGroupSync(work)
}

/** Only read from WeCom and bring a row to it: repeating is harmless. */
export function groupEffects(options: GroupWorkers): [string, OutboxHandler][] {
  return [
    ['groups.sync', { repeat: 'safe', run: () => splitByOwners(options) }],
    ['groups.sync-owners', { repeat: 'safe', run: (payload) => listOwners(options, Owners.parse(payload).userids) }],
    ['group.refresh', { repeat: 'safe', run: (payload) => refresh(options, OneGroup.parse(payload).chatId) }],
  ]
}

/** One effect for a hundred people, so that a crash or an outage costs no more. Whoever left may still own groups. */
async function splitByOwners({ database, wecom }: GroupWorkers) {
  const userids = new Set(await wecom.listFollowUsers())
  const known = await database.db.createQueryBuilder(customerGroups, 'g').innerJoin('staff', 'owner', 'owner.id = g.owner_staff_id')
    .select('DISTINCT owner.userid', 'userid').where(`g.status = 'active'`).getRawMany<{ userid: string }>()
  for (const { userid } of known) userids.add(userid)
  const all = [...userids].sort()
  return async (work: UnitOfWork) => {
    for (let from = 0; from < all.length; from += mostGroupOwners) {
      const some = all.slice(from, from + mostGroupOwners)
      await addOutbox(work, { kind: 'groups.sync-owners', payload: { userids: some }, uniqueKey: `groups.sync-owners:${some[0] ?? ''}`, reviveParked: true })
    }
  }
}

/** Each group that is listed, and each that is not any more, is read by itself. */
async function listOwners({ database, wecom }: GroupWorkers, userids: readonly string[]) {
  const chatIds = new Set<string>()
  for await (const page of wecom.listGroups(userids)) for (const chatId of page) chatIds.add(chatId)
  const people = await database.db.getRepository(staff).find({ select: { id: true }, where: { userid: In([...userids]) } })
  const ours = people.length === 0 ? [] : await database.db.getRepository(customerGroups).find({ select: { chatId: true }, where: { ownerStaffId: In(people.map((one) => one.id)), status: 'active' } })
  for (const { chatId } of ours) chatIds.add(chatId)
  return async (work: UnitOfWork) => {
    for (const chatId of chatIds) await wantRefresh(work, chatId, 0)
  }
}

async function refresh({ wecom, clock }: GroupWorkers, chatId: string) {
  const readAt = clock()
  let shown: WecomGroup | null
  try {
    shown = await wecom.getGroup(chatId)
  } catch (error) {
    // Which code a dissolved group answers is not documented for certain (path/92122).
    if (!(error instanceof WecomError) || error.kind !== 'gone') throw error
    shown = null
  }
  return async (work: UnitOfWork) => {
    if (shown === null) await dissolve(work, chatId)
    else await putGroup(work, shown, readAt)
  }
}

async function wantRefresh(work: UnitOfWork, chatId: string, delayMs: number): Promise<void> {
  await addOutbox(work, { kind: 'group.refresh', orderKey: `group:${chatId}`, payload: { chatId }, delayMs })
}

async function dissolve(work: UnitOfWork, chatId: string): Promise<void> {
  await work.db.getRepository(customerGroups).update({ chatId }, { status: 'dissolved' })
}

/** The events of groups (path/92130): they say only that something changed, and WeCom's details come after them. */
export function groupHandlers(): [string, InboxHandler<WecomEvent>][] {
  const handler: InboxHandler<WecomEvent, null> = {
    prepare: async () => null,
    apply: async (work, { content }) => {
      switch (content.kind) {
        case 'chat.dismissed': return dissolve(work, content.chatId)
        case 'chat.created': case 'chat.changed': case 'chat.members-added': case 'chat.members-removed': return wantRefresh(work, content.chatId, settledMs)
        default: return undefined
      }
    },
  }
  return ['chat.created', 'chat.dismissed', 'chat.changed', 'chat.members-added', 'chat.members-removed'].map((kind) => [kind, handler])
}
