import {
  commaList, type EventBase, type EventReader, integerListOrNull, integerOrNull, orNull, requiredInteger, requiredUserid, useridOrNull,
} from './event-fields.ts'
import { childOf, type XmlElement } from './xml.ts'

interface StaffChange extends EventBase {
  readonly userid: string
  /** Null where the event says nothing: since August 2022 most callbacks carry ids only. */
  readonly departmentIds: readonly number[] | null
  /** Aligned with departmentIds. */
  readonly leaderFlags: readonly number[] | null
  readonly mainDepartmentId: number | null
  readonly directLeaders: readonly string[] | null
  readonly name: string | null
  readonly position: string | null
  readonly status: 'active' | 'disabled' | 'not-activated' | 'left' | null
}

/**
 * Directory events (WeCom doc path/90970, 90971, 90972); they reach the directory sync assistant, not a plain app.
 * Contact details in them are not read: they are ours to collect, not WeCom's to give.
 */
export type DirectoryEvent =
  | StaffChange & { readonly kind: 'directory.staff-created' }
  /** `newUserid` if the userid was renamed. */
  | StaffChange & { readonly kind: 'directory.staff-updated', readonly newUserid: string | null }
  | EventBase & { readonly kind: 'directory.staff-deleted', readonly userid: string }
  | EventBase & {
    readonly kind: 'directory.department-created' | 'directory.department-updated'
    readonly departmentId: number, readonly name: string | null, readonly parentId: number | null, readonly order: number | null
  }
  | EventBase & { readonly kind: 'directory.department-deleted', readonly departmentId: number }
  | EventBase & {
    readonly kind: 'directory.tag-updated', readonly tagId: number
    readonly addedUserids: readonly string[], readonly removedUserids: readonly string[]
    readonly addedDepartmentIds: readonly number[], readonly removedDepartmentIds: readonly number[]
  }

const statuses: Readonly<Record<number, NonNullable<StaffChange['status']>>> = { 1: 'active', 2: 'disabled', 4: 'not-activated', 5: 'left' }

function lowerList(xml: XmlElement, name: string): readonly string[] {
  return commaList(xml, name).map((id) => id.toLowerCase())
}

function staffChange(xml: XmlElement, base: EventBase): StaffChange {
  return {
    ...base,
    userid: requiredUserid(xml, 'UserID'),
    departmentIds: integerListOrNull(xml, 'Department'),
    leaderFlags: integerListOrNull(xml, 'IsLeaderInDept'),
    mainDepartmentId: integerOrNull(xml, 'MainDepartment'),
    directLeaders: childOf(xml, 'DirectLeader') === undefined ? null : lowerList(xml, 'DirectLeader'),
    name: orNull(xml, 'Name'),
    position: orNull(xml, 'Position'),
    status: statuses[integerOrNull(xml, 'Status') ?? 0] ?? null,
  }
}

function departmentChange(xml: XmlElement, base: EventBase) {
  return {
    ...base, departmentId: requiredInteger(xml, 'Id'), name: orNull(xml, 'Name'),
    parentId: integerOrNull(xml, 'ParentId'), order: integerOrNull(xml, 'Order'),
  }
}

export const readDirectoryEvent: EventReader<DirectoryEvent> = (xml, base, changeType) => {
  switch (changeType) {
    case 'create_user': return { ...staffChange(xml, base), kind: 'directory.staff-created' }
    case 'update_user': return { ...staffChange(xml, base), kind: 'directory.staff-updated', newUserid: useridOrNull(xml, 'NewUserID') }
    case 'delete_user': return { ...base, kind: 'directory.staff-deleted', userid: requiredUserid(xml, 'UserID') }
    case 'create_party': return { ...departmentChange(xml, base), kind: 'directory.department-created' }
    case 'update_party': return { ...departmentChange(xml, base), kind: 'directory.department-updated' }
    case 'delete_party': return { ...base, kind: 'directory.department-deleted', departmentId: requiredInteger(xml, 'Id') }
    case 'update_tag': return {
      ...base, kind: 'directory.tag-updated', tagId: requiredInteger(xml, 'TagId'),
      addedUserids: lowerList(xml, 'AddUserItems'), removedUserids: lowerList(xml, 'DelUserItems'),
      addedDepartmentIds: integerListOrNull(xml, 'AddPartyItems') ?? [], removedDepartmentIds: integerListOrNull(xml, 'DelPartyItems') ?? [],
    }
    default: return null
  }
}
