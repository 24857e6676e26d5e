import { z } from 'zod'
import type { Access } from '../access/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { addOutbox, type InboxHandler, type OutboxHandler } from '../jobs/index.ts'
import { WecomError, type WecomClient, type WecomEvent, type WecomStaff } from '../wecom/index.ts'
import { applyDirectory } from './apply-directory.ts'
import { syncStates } from './organization.entity.ts'
import { readDirectory } from './read-directory.ts'
import type { StaffWriter } from './write-staff.ts'

export interface OrganizationWorkers {
  readonly database: Database
  readonly access: Access
  readonly wecom: WecomClient
  readonly clock: () => number
  readonly writer: StaffWriter
  /** Runs after every complete reading of the directory, in a transaction of its own. */
  readonly onSynced: readonly ((work: UnitOfWork) => Promise<void>)[]
}

/** Wants a complete reading of the directory: at start, every ten minutes, nightly, and after events that say only that something changed. */
export async function wantDirectorySync(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: 'directory.sync', orderKey: 'directory', payload: {}, uniqueKey: 'directory.sync', whileRunning: 'again', reviveParked: true })
}

const firstReading = 'directory.first'

/** Whether the directory of this company was ever read to its end. */
export async function directoryWasRead(database: Database): Promise<boolean> {
  return database.db.getRepository(syncStates).existsBy({ name: firstReading })
}

/** Reads the whole directory and brings our tables to it. The first reading of a company is believed whole (S54). */
export async function syncDirectory(options: OrganizationWorkers): Promise<void> {
  const snapshot = await readDirectory(options.wecom)
  const first = !(await directoryWasRead(options.database))
  await applyDirectory(options, snapshot, first)
  // At once and by itself: whatever fails afterwards, nobody is believed a second time.
  if (first) await options.database.db.getRepository(syncStates).save({ name: firstReading, value: { at: options.clock() }, updatedAt: options.clock() })
  await options.database.transaction(async (work) => {
    for (const hook of options.onSynced) await hook(work)
  })
}

const OnePerson = z.object({ userid: z.string() })

export function organizationEffects(options: OrganizationWorkers): [string, OutboxHandler][] {
  return [
    ['directory.sync', { repeat: 'safe', run: async () => syncDirectory(options) }],
    ['directory.sync-staff', {
      repeat: 'safe',
      run: async (payload) => {
        const { userid } = OnePerson.parse(payload)
        const person = await readPerson(options.wecom, userid)
        return (work) => writePerson(options, work, userid, person)
      },
    }],
  ]
}

async function readPerson(wecom: WecomClient, userid: string): Promise<WecomStaff | null> {
  try {
    return await wecom.getStaff(userid)
  } catch (error) {
    if (error instanceof WecomError && error.kind === 'gone') return null
    throw error
  }
}

async function writePerson(options: OrganizationWorkers, work: UnitOfWork, userid: string, person: WecomStaff | null): Promise<void> {
  if (person === null) await options.writer.remove(work, userid)
  else await options.writer.put(work, person)
}

/**
 * Directory events. What takes access away acts in this very transaction; everything else only wants a reading,
 * because most callbacks carry ids only (WeCom doc path/90970).
 */
export function organizationHandlers(options: OrganizationWorkers): [string, InboxHandler<WecomEvent>][] {
  const handler: InboxHandler<WecomEvent, null> = { prepare: async () => null, apply: (work, { content }) => applyEvent(options, work, content) }
  const kinds: WecomEvent['kind'][] = [
    'staff.entered-range', 'staff.left-range', 'directory.staff-created', 'directory.staff-updated', 'directory.staff-deleted',
    'directory.department-created', 'directory.department-updated', 'directory.department-deleted', 'directory.tag-updated',
  ]
  return kinds.map((kind) => [kind, handler])
}

async function applyEvent(options: OrganizationWorkers, work: UnitOfWork, event: WecomEvent): Promise<void> {
  switch (event.kind) {
    case 'staff.left-range':
      await options.writer.hide(work, event.userid)
      return wantStaffSync(work, event.userid)
    case 'directory.staff-deleted':
      await options.writer.remove(work, event.userid)
      // A reading under way may hold an older picture: the person is asked for once more.
      return wantStaffSync(work, event.userid)
    case 'staff.entered-range': case 'directory.staff-created':
      return wantStaffSync(work, event.userid)
    case 'directory.staff-updated':
      if (event.newUserid !== null) await options.writer.rename(work, event.userid, event.newUserid)
      return wantStaffSync(work, event.newUserid ?? event.userid)
    default:
      return wantDirectorySync(work)
  }
}

async function wantStaffSync(work: UnitOfWork, userid: string): Promise<void> {
  await addOutbox(work, { kind: 'directory.sync-staff', orderKey: 'directory', payload: { userid }, uniqueKey: `directory.sync-staff:${userid}`, whileRunning: 'again', reviveParked: true })
}
