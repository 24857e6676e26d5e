import { departmentIsVisible, isVisible, subtree, visibleStaff } from './core.ts'
import type { Core } from './core.ts'
import { WecomFault } from './fault.ts'
import type { StaffRecord } from './records.ts'

export interface Receivers {
  readonly people: StaffRecord[]
  readonly invalidUsers: string[]
  readonly invalidParties: string[]
  readonly invalidTags: string[]
}

/** Resolves users, departments and tags to members who can receive; ids out of range are listed, in lower case. */
export function findReceivers(core: Core, users: readonly string[], parties: readonly string[], tags: readonly string[]): Receivers {
  if (users.length + parties.length + tags.length === 0) throw new WecomFault(82001)
  if (users.length > 1000) throw new WecomFault(40032)
  if (parties.length > 100) throw new WecomFault(82002)
  if (tags.length > 100) throw new WecomFault(82003)
  const { state } = core
  const everybody = [...state.staff.values()].filter((person) => isVisible(state, person) && person.status === 1)
  const people = new Set<StaffRecord>(users.includes('@all') ? everybody : [])
  const invalidUsers: string[] = []
  for (const userid of users.filter((each) => each !== '@all')) {
    const person = visibleStaff(state, userid)
    if (person === undefined) invalidUsers.push(userid.toLowerCase())
    else if (person.status === 1) people.add(person)
    else invalidUsers.push(userid.toLowerCase())
  }
  const invalidParties = parties.filter((id) => !state.departments.has(Number(id)) || !departmentIsVisible(state, Number(id)))
  for (const id of parties.filter((each) => !invalidParties.includes(each))) {
    const inside = new Set(subtree(state, Number(id)).map((department) => department.id))
    for (const person of everybody.filter((each) => each.departmentIds.some((department) => inside.has(department)))) people.add(person)
  }
  const invalidTags = tags.filter((id) => !state.staffTags.has(Number(id)))
  for (const id of tags) for (const userid of state.staffTags.get(Number(id))?.userids ?? []) {
    const person = visibleStaff(state, userid)
    if (person?.status === 1) people.add(person)
  }
  return { people: [...people], invalidUsers, invalidParties, invalidTags }
}

/** One member gets at most 30 messages a minute and 1,000 an hour of an app; more vanish without an error (WeCom doc path/90312). */
export function mayReceive(core: Core, userid: string): boolean {
  const { messagesPerMemberPerMinute = 30, messagesPerMemberPerHour = 1_000 } = core.options.limits ?? {}
  const now = core.now()
  const own = core.state.messages.filter((message) => message.userid === userid && now - message.sentAt < 3_600_000)
  return own.length < messagesPerMemberPerHour && own.filter((message) => now - message.sentAt < 60_000).length < messagesPerMemberPerMinute
}
