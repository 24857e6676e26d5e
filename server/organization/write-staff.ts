import { v7 as uuid } from 'uuid'
import { staffRoles, type Access } from '../access/index.ts'
import type { Audit, NewAuditEntry } from '../audit/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import type { WecomStaff } from '../wecom/index.ts'
import { keepWaiting, markApplied, waitingOf } from './directory-changes.ts'
import { staff, staffDepartments, type Staff, type StaffStatus } from './organization.entity.ts'
import { writeRights, type Trust } from './write-rights.ts'

export type AccessEnd = 'left' | 'disabled' | 'hidden'

/** Something other domains do in the same transaction when a person's access ends (sessions, later pools and broadcasts). */
export type OnAccessEnded = (work: UnitOfWork, person: Staff, reason: AccessEnd) => Promise<void>

/** Something other domains do in the same transaction when what waits for a person changed (S54): ask somebody, or stop asking. */
export type OnWaitingChanged = (work: UnitOfWork, person: Staff) => Promise<void>

export interface StaffWriterOptions {
  readonly access: Access
  readonly audit: Audit
  readonly clock: () => number
  readonly onAccessEnded: readonly OnAccessEnded[]
  readonly onWaitingChanged: readonly OnWaitingChanged[]
}

export interface Agreement {
  readonly digest: string
  /** Whether it would still bring what was agreed to; asked in the transaction. False: nothing is agreed, and somebody is asked anew. */
  readonly stillMeans?: (work: UnitOfWork, row: Staff) => Promise<boolean>
  /** Stands in the row of each wish: a staff id, or `operator`. */
  readonly by: string
  /** Who stands in the audit. */
  readonly entry: Pick<NewAuditEntry, 'actorKind' | 'actorId'>
}

export interface StaffWriter {
  /** Writes one person as WeCom's directory shows him. `first` and `agreed` believe additions; otherwise they wait (S54). */
  put(work: UnitOfWork, person: WecomStaff, trust?: 'first' | 'agreed'): Promise<void>
  /**
   * Applies what waits for a person as WeCom shows him now. Null, and nothing agreed, when what waits is no longer what `digest`
   * of `waitingOf` says, or no longer brings the same.
   */
  agree(work: UnitOfWork, row: Staff, shown: WecomStaff, agreement: Agreement): Promise<number | null>
  /** The person is gone from WeCom: everything ends in this transaction; the row stays as history. */
  remove(work: UnitOfWork, userid: string): Promise<void>
  /** Outside the visible range of the app (event `unsubscribe`): no access until WeCom shows him again. */
  hide(work: UnitOfWork, userid: string): Promise<void>
  /** WeCom renamed the userid (possible once): the same person, the same row. */
  rename(work: UnitOfWork, userid: string, newUserid: string): Promise<void>
}

const statusOf: Readonly<Record<WecomStaff['status'], StaffStatus>> = {
  'active': 'active', 'disabled': 'disabled', 'not-activated': 'disabled', 'left': 'left', 'unknown': 'disabled',
}

function trustIn(known: Staff | null, given: 'first' | 'agreed' | undefined): Trust {
  if (given !== undefined) return given
  if (known === null) return 'new'
  // Making an account anew must not be a way around the approval.
  return known.leftAt === null ? 'known' : 'returned'
}

function sameRow(one: Staff, other: Staff): boolean {
  return one.name === other.name && one.position === other.position && one.mainDepartmentId === other.mainDepartmentId
    && one.status === other.status && one.leftAt === other.leftAt && one.wecomUserid === other.wecomUserid
}

export function createStaffWriter(options: StaffWriterOptions): StaffWriter {
  const { access, audit, clock } = options

  async function waitingChanged(work: UnitOfWork, person: Staff): Promise<void> {
    for (const hook of options.onWaitingChanged) await hook(work, person)
  }

  async function endAccess(work: UnitOfWork, row: Staff, reason: AccessEnd): Promise<void> {
    const now = clock()
    const left = reason === 'left'
    await work.db.getRepository(staff).update({ id: row.id }, { status: reason, updatedAt: now, leftAt: left ? now : row.leftAt })
    if (left) {
      await work.db.getRepository(staffDepartments).delete({ staffId: row.id })
      await work.db.getRepository(staffRoles).delete({ staffId: row.id })
      if (await keepWaiting(work.db, row.id, [], now)) await waitingChanged(work, row)
    }
    for (const hook of options.onAccessEnded) await hook(work, row, reason)
    await access.raiseEpoch(work)
    await audit.record(work.db, { actorKind: 'system', action: `staff.${reason}`, subjectKind: 'staff', subjectId: row.id, outcome: 'done' })
  }

  async function put(work: UnitOfWork, person: WecomStaff, given?: 'first' | 'agreed'): Promise<void> {
    const table = work.db.getRepository(staff)
    const known = await table.findOneBy({ userid: person.userid })
    const status = statusOf[person.status]
    if (status === 'left') {
      if (known !== null && known.leftAt === null) await endAccess(work, known, 'left')
      return
    }
    const now = clock()
    const row: Staff = {
      id: known?.id ?? uuid(), userid: person.userid, wecomUserid: person.userid, name: fit(person.name, 128), position: fit(person.position, 128),
      mainDepartmentId: person.mainDepartmentId, status, joinedOn: known?.joinedOn ?? null, level: known?.level ?? null,
      createdAt: known?.createdAt ?? now, updatedAt: now, leftAt: null,
    }
    const changed = known === null || !sameRow(known, row)
    if (changed) await table.save(row)
    const written = await writeRights(work, row, person, trustIn(known, given), now)
    if (written.waiting) await waitingChanged(work, row)
    if (known?.status === 'active' && status === 'disabled') await endAccess(work, row, 'disabled')
    else if (changed || written.inForce) await access.raiseEpoch(work)
  }

  return {
    put,
    agree: async (work, row, shown, agreement) => {
      // What is agreed to is what waited when somebody looked, and nothing that WeCom's directory added since.
      await put(work, shown)
      if ((await waitingOf(work.db, row.id)).digest !== agreement.digest) return null
      if (agreement.stillMeans !== undefined && !(await agreement.stillMeans(work, row))) {
        await waitingChanged(work, row)
        return null
      }
      const agreed = await markApplied(work.db, row.id, agreement.by, clock())
      await put(work, shown, 'agreed')
      await waitingChanged(work, row)
      await audit.record(work.db, { ...agreement.entry, action: 'directory.agreed', subjectKind: 'staff', subjectId: row.id, outcome: 'done', details: { wishes: agreed } })
      return agreed
    },
    remove: async (work, userid) => {
      const row = await work.db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() })
      if (row !== null && row.leftAt === null) await endAccess(work, row, 'left')
    },
    hide: async (work, userid) => {
      const row = await work.db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() })
      if (row !== null && row.status === 'active') await endAccess(work, row, 'hidden')
    },
    rename: async (work, userid, newUserid) => {
      const table = work.db.getRepository(staff)
      const taken = await table.existsBy({ userid: newUserid.toLowerCase() })
      // Somebody with the new id is there already: a reading will sort it out, nobody inherits another's rights.
      if (!taken) await table.update({ userid: userid.toLowerCase() }, { userid: newUserid.toLowerCase(), wecomUserid: newUserid, updatedAt: clock() })
    },
  }
}
