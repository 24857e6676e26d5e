import { directoryEvent, memberTextMessage, subscriptionEvent } from '../callbacks/events.ts'
import { isVisible } from '../core.ts'
import type { Core } from '../core.ts'
import type { StaffRecord } from '../records.ts'
import { removeFollow } from '../state.ts'
import { staffNamed } from './customers.ts'

/** What an administrator does in WeCom's own console. Directory events carry ids only and go to the sync assistant. */
export function staffControls(core: Core) {
  const { state } = core

  /** Changes something and tells the app who entered or left its visible range. */
  function changing(people: readonly StaffRecord[], change: () => void): void {
    const before = new Set(people.filter((person) => isVisible(state, person)))
    change()
    for (const person of people) {
      const visible = isVisible(state, person)
      if (visible !== before.has(person)) subscriptionEvent(core, visible ? 'subscribe' : 'unsubscribe', person.userid)
    }
  }

  function updated(person: StaffRecord): void {
    directoryEvent(core, 'update_user', [['UserID', person.userid], ['Department', person.departmentIds.join(',')]])
  }

  return {
    /** 停用. WeCom reports a disabled member to nobody: only a poll finds it. */
    disableStaff(userid: string): void {
      staffNamed(core, userid).status = 2
    },

    enableStaff(userid: string): void {
      staffNamed(core, userid).status = 1
    },

    /** 离职: out of the directory; his customers wait for somebody to take them over. */
    deleteStaff(userid: string): void {
      const person = staffNamed(core, userid)
      const customers = [...state.customersOf.get(userid.toLowerCase()) ?? []]
      changing([person], () => {
        person.leftAt = core.now()
        person.status = 5
      })
      for (const externalUserId of customers) {
        const follow = removeFollow(state, userid, externalUserId)
        if (follow?.half === false) state.unassigned.push({ handoverUserid: person.userid, externalUserId, leftAt: core.now() })
      }
      directoryEvent(core, 'delete_user', [['UserID', person.userid]])
    },

    createStaff(person: { userid: string, name: string, departmentIds: number[], position?: string }): void {
      const record: StaffRecord = {
        userid: person.userid, name: person.name, departmentIds: [...person.departmentIds], leaderOf: new Set(), position: person.position ?? '',
        status: 1, contactEnabled: true, leftAt: null,
      }
      state.staff.set(person.userid.toLowerCase(), record)
      directoryEvent(core, 'create_user', [['UserID', record.userid], ['Department', record.departmentIds.join(',')]])
      if (isVisible(state, record)) subscriptionEvent(core, 'subscribe', record.userid)
    },

    moveStaff(userid: string, departmentIds: number[]): void {
      const person = staffNamed(core, userid)
      changing([person], () => {
        person.departmentIds = [...departmentIds]
        for (const id of person.leaderOf) if (!departmentIds.includes(id)) person.leaderOf.delete(id)
      })
      updated(person)
    },

    setLeader(userid: string, departmentId: number, leads: boolean): void {
      const person = staffNamed(core, userid)
      if (leads) person.leaderOf.add(departmentId)
      else person.leaderOf.delete(departmentId)
      updated(person)
    },

    /** Positions and names are not in id-only events: nobody is told. */
    changePosition(userid: string, position: string): void {
      staffNamed(core, userid).position = position
    },

    /** A system-generated userid may be renamed once. */
    renameStaff(userid: string, newUserid: string): void {
      const person = staffNamed(core, userid)
      state.staff.delete(userid.toLowerCase())
      state.staff.set(newUserid.toLowerCase(), person)
      for (const externalUserId of [...state.customersOf.get(userid.toLowerCase()) ?? []]) {
        const follow = removeFollow(state, userid, externalUserId)
        if (follow === undefined) continue
        follow.userid = newUserid
        state.follows.get(externalUserId)?.set(newUserid.toLowerCase(), follow)
        state.customersOf.set(newUserid.toLowerCase(), (state.customersOf.get(newUserid.toLowerCase()) ?? new Set()).add(externalUserId))
      }
      directoryEvent(core, 'update_user', [['UserID', userid], ['NewUserID', newUserid], ['Department', person.departmentIds.join(',')]])
      person.userid = newUserid
    },

    switchCustomerContact(userid: string, enabled: boolean): void {
      staffNamed(core, userid).contactEnabled = enabled
    },

    createDepartment(department: { id: number, name: string, parentId: number, order?: number }): void {
      state.departments.set(department.id, { order: 1, ...department })
      directoryEvent(core, 'create_party', [['Id', department.id], ['ParentId', department.parentId]])
    },

    moveDepartment(id: number, parentId: number): void {
      const department = state.departments.get(id)
      if (department === undefined) throw new Error(`no department ${id}`)
      changing([...state.staff.values()], () => { department.parentId = parentId })
      directoryEvent(core, 'update_party', [['Id', id], ['ParentId', parentId]])
    },

    deleteDepartment(id: number): void {
      if (!state.departments.delete(id)) throw new Error(`no department ${id}`)
      directoryEvent(core, 'delete_party', [['Id', id]])
    },

    setVisibleRange(range: { userids?: string[], departmentIds?: number[] }): void {
      changing([...state.staff.values()], () => {
        state.visible = { userids: new Set((range.userids ?? []).map((userid) => userid.toLowerCase())), departmentIds: new Set(range.departmentIds ?? []) }
      })
    },

    memberMessagesApp(userid: string, text: string): void {
      memberTextMessage(core, staffNamed(core, userid).userid, text)
    },

    memberEntersApp(userid: string): void {
      subscriptionEvent(core, 'enter_agent', staffNamed(core, userid).userid)
    },
  }
}
