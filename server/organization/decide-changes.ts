import { In, IsNull } from 'typeorm'
import { staffRoles, type Access } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { WecomClient } from '../wecom/index.ts'
import { waitingOf } from './directory-changes.ts'
import { departments, staff, staffDepartments, type DepartmentKind, type Staff } from './organization.entity.ts'
import { markOwnPerson, markSamePerson } from './same-person.ts'
import { reassignRoles } from './write-rights.ts'
import type { StaffWriter } from './write-staff.ts'

/** What an administrator's command may do on the server, beside the console. */
export interface AdminCommands {
  /** Makes a person administrator (audited). */
  appoint(userid: string): Promise<Staff>
  /** Agrees to everything that waits for one person, as WeCom's directory shows it now (S54). Returns how many wishes that were. */
  agree(userid: string): Promise<number>
  /** Marks a department as store or region, or takes the mark back. */
  mark(departmentId: number, kind: DepartmentKind): Promise<void>
  /** Marks two accounts as one human being: neither may decide what the other asked for or gains by. */
  samePerson(userid: string, otherUserid: string): Promise<void>
  /** Takes that mark from one account. False when it had none. */
  ownPerson(userid: string): Promise<boolean>
  /** Sets the day somebody joined; WeCom has none. */
  joined(userid: string, at: number): Promise<void>
}

export interface AdminOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'getStaff'>
  readonly writer: StaffWriter
  readonly clock: () => number
}

export function createAdminCommands(options: AdminOptions): AdminCommands {
  const { database, access, audit, clock } = options
  const find = async (userid: string): Promise<Staff> => {
    const person = await database.db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() })
    if (person === null || person.leftAt !== null) throw new ProjectError('staff.not_found', 404)
    return person
  }
  const entry = (action: string, subjectKind: string, subjectId: string, details: Readonly<Record<string, string | number>> = {}) =>
    ({ actorKind: 'operator', action, subjectKind, subjectId, outcome: 'done', details } as const)

  return {
    appoint: async (userid) => {
      const person = await find(userid)
      await database.transaction(async (work) => {
        const table = work.db.getRepository(staffRoles)
        const held = await table.existsBy({ staffId: person.id, roleKey: 'administrator' })
        if (!held) await table.insert({ staffId: person.id, roleKey: 'administrator', source: 'administrator', since: clock() })
        await access.raiseEpoch(work)
        await audit.record(work.db, entry('staff.appointed', 'staff', person.id, { role: 'administrator' }))
      })
      return person
    },
    agree: async (userid) => {
      const person = await find(userid)
      const { digest } = await waitingOf(database.db, person.id)
      const shown = await options.wecom.getStaff(person.wecomUserid)
      const agreed = await database.transaction((work) => options.writer.agree(work, person, shown, { digest, by: 'operator', entry: { actorKind: 'operator' } }))
      if (agreed === null) throw new Error('what waits for this person has changed since: look at it again with "waiting" and agree then')
      return agreed
    },
    mark: (departmentId, kind) => database.transaction(async (work) => {
      const marked = await work.db.getRepository(departments).update({ id: departmentId }, { kind, updatedAt: clock() })
      if (marked.affected !== 1) throw new Error(`there is no department ${departmentId}`)
      const members = await work.db.getRepository(staffDepartments).findBy({ departmentId })
      const people = await work.db.getRepository(staff).findBy({ id: In(members.map((member) => member.staffId)), leftAt: IsNull() })
      await reassignRoles(work.db, people, clock())
      await access.raiseEpoch(work)
      await audit.record(work.db, entry('department.marked', 'department', String(departmentId), { kind }))
    }),
    samePerson: async (userid, otherUserid) => {
      const [one, other] = [await find(userid), await find(otherUserid)]
      if (one.id === other.id) throw new Error('these are the same account')
      await database.transaction(async (work) => {
        await markSamePerson(work.db, one.id, other.id)
        await audit.record(work.db, entry('staff.same-person', 'staff', one.id, { with: other.id }))
      })
    },
    ownPerson: async (userid) => {
      const person = await find(userid)
      return database.transaction(async (work) => {
        const taken = await markOwnPerson(work.db, person.id)
        if (taken) await audit.record(work.db, entry('staff.own-person', 'staff', person.id))
        return taken
      })
    },
    joined: async (userid, at) => {
      const person = await find(userid)
      await database.transaction(async (work) => {
        await work.db.getRepository(staff).update({ id: person.id }, { joinedOn: at, updatedAt: clock() })
        await access.raiseEpoch(work)
        await audit.record(work.db, entry('staff.joined-set', 'staff', person.id))
      })
    },
  }
}
