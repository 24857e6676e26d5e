import type { CallbackSender } from './callbacks/sender.ts'
import type { SimulatorOptions } from './options.ts'
import { chatOf } from './state.ts'
import type { State } from './state.ts'
import type { ChatLine, DepartmentRecord, StaffRecord } from './records.ts'
import { WecomFault } from './fault.ts'

/** What every part of the simulator works with. */
export interface Core {
  readonly options: SimulatorOptions
  readonly state: State
  readonly callbacks: CallbackSender
  /** Simulated Unix ms. */
  now(): number
  /** Origin that images and codes are served from. */
  origin(): string
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

export function departmentAndParents(state: State, id: number): number[] {
  const line: number[] = []
  for (let at = state.departments.get(id); at !== undefined && !line.includes(at.id); at = state.departments.get(at.parentId)) line.push(at.id)
  return line
}

/** The departments at and below `id`, parents before children. */
export function subtree(state: State, id: number): DepartmentRecord[] {
  return [...state.departments.values()].filter((department) => departmentAndParents(state, department.id).includes(id))
}

export function departmentIsVisible(state: State, id: number): boolean {
  return departmentAndParents(state, id).some((parent) => state.visible.departmentIds.has(parent))
}

export function isVisible(state: State, person: StaffRecord): boolean {
  if (person.leftAt !== null) return false
  return state.visible.userids.has(person.userid.toLowerCase()) || person.departmentIds.some((id) => departmentIsVisible(state, id))
}

/** The member, if he exists and the app may see him. */
export function visibleStaff(state: State, userid: string): StaffRecord | undefined {
  const person = state.staff.get(userid.toLowerCase())
  return person !== undefined && isVisible(state, person) ? person : undefined
}

/** The member, or errcode 60111 (40003 for an id that no member can have). */
export function requireStaff(state: State, userid: string): StaffRecord {
  if (!/^[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}$/.test(userid)) throw new WecomFault(40003)
  const person = visibleStaff(state, userid)
  if (person === undefined) throw new WecomFault(60111)
  return person
}

/** A visible member with 客户联系, or 60111 / 84074. */
export function requireFollower(state: State, userid: string): StaffRecord {
  const person = requireStaff(state, userid)
  if (!person.contactEnabled) throw new WecomFault(84074)
  return person
}

/** Adds a line to a contact chat. */
export function say(core: Core, userid: string, externalUserId: string, line: Pick<ChatLine, 'from' | 'msgtype' | 'text'>): ChatLine {
  const said = { id: core.state.nextLine, at: core.now(), ...line }
  core.state.nextLine += 1
  chatOf(core.state, userid, externalUserId).push(said)
  return said
}
