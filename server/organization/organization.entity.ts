import { defineTable, counter, flag, id, instant, integer, json, key, nullable, primary, word } from '../database/columns.ts'

export type DepartmentKind = 'department' | 'store' | 'region'
/** `hidden`: outside the visible range of the app. Only `active` people have access. */
export type StaffStatus = 'active' | 'disabled' | 'left' | 'hidden'
export type DirectoryChangeKind = 'department' | 'leader' | 'role' | 'return'

/** A node of the company tree as WeCom reports it; `kind` and nothing else is ours. */
export interface Department {
  /** The WeCom department id; the root is 1. */
  id: number
  name: string
  parentId: number | null
  /** The ids from the root to this node: `/1/12/305/`. */
  path: string
  /** WeCom's `order`: larger stands earlier. */
  position: number
  kind: DepartmentKind
  updatedAt: number
  deletedAt: number | null
}

export const departments = defineTable<Department>('departments', {
  id: primary(integer()),
  name: word(),
  parentId: nullable(integer()),
  path: key(512),
  position: counter(),
  kind: word(16),
  updatedAt: instant(),
  deletedAt: nullable(instant()),
}, [
  { name: 'ix_departments_parent', columns: ['parentId'] },
])

/** A person of the company. The row stays when the person leaves. */
export interface Staff {
  id: string
  /** Lower case: WeCom compares userids without case. */
  userid: string
  /** As WeCom spells it. */
  wecomUserid: string
  name: string
  position: string
  /** WeCom's main department; where a follow begins that no entrance brought. */
  mainDepartmentId: number | null
  status: StaffStatus
  /** Ours: WeCom has no hire date. Unknown counts as new. */
  joinedOn: number | null
  /** Ours: 1 silver, 2 gold, 3 platinum; null and 0 are none. Read it by `staffLevelOf`. */
  level: number | null
  createdAt: number
  updatedAt: number
  leftAt: number | null
}

export const staff = defineTable<Staff>('staff', {
  id: primary(id()),
  userid: key(64),
  wecomUserid: key(64),
  name: word(128),
  position: word(128),
  mainDepartmentId: nullable(integer()),
  status: word(16),
  joinedOn: nullable(instant()),
  level: nullable(integer()),
  createdAt: instant(),
  updatedAt: instant(),
  leftAt: nullable(instant()),
}, [
  { name: 'ux_staff_userid', columns: ['userid'], unique: true },
])

/** A department of a staff member that is in force; what WeCom adds later waits as a directory change (S54). */
export interface StaffDepartment {
  staffId: string
  departmentId: number
  isLeader: boolean
  since: number
}

export const staffDepartments = defineTable<StaffDepartment>('staff_departments', {
  staffId: primary(id()),
  departmentId: primary(integer()),
  isLeader: flag(),
  since: instant(),
}, [
  { name: 'ix_staff_departments_department', columns: ['departmentId'] },
])

/** Several accounts of one human being, as an administrator marked them: WeCom tells a new app nothing by which to know. */
export interface StaffPerson {
  staffId: string
  /** The same for all accounts of the person. */
  personId: string
}

export const staffPersons = defineTable<StaffPerson>('staff_persons', {
  staffId: primary(id()),
  personId: id(),
}, [
  { name: 'ix_staff_persons_person', columns: ['personId'] },
])

/** Something that WeCom's directory would add to a person's rights and that waits for a decision (S54). */
export interface DirectoryChange {
  id: string
  staffId: string
  kind: DirectoryChangeKind
  departmentId: number | null
  roleKey: string | null
  status: 'waiting' | 'applied' | 'withdrawn'
  /** The same wish waits only once; empty when decided. */
  waitingKey: string | null
  createdAt: number
  decidedAt: number | null
  decidedBy: string | null
}

export const directoryChanges = defineTable<DirectoryChange>('directory_changes', {
  id: primary(id()),
  staffId: id(),
  kind: word(16),
  departmentId: nullable(integer()),
  roleKey: nullable(key(64)),
  status: word(16),
  waitingKey: nullable(key(160)),
  createdAt: instant(),
  decidedAt: nullable(instant()),
  decidedBy: nullable(key(64)),
}, [
  { name: 'ix_directory_changes_staff', columns: ['staffId', 'status'] },
  { name: 'ux_directory_changes_waiting', columns: ['waitingKey'], unique: true },
])

/** How far a repeated reading of WeCom has come. */
export interface SyncState {
  name: string
  value: unknown
  updatedAt: number
}

export const syncStates = defineTable<SyncState>('sync_states', {
  name: primary(key(64)),
  value: json(),
  updatedAt: instant(),
})
