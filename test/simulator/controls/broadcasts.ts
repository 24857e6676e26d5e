import { friendsOf } from '../api/external-contact.ts'
import { say } from '../core.ts'
import type { Core } from '../core.ts'
import { randomText } from '../ids.ts'
import type { BroadcastRecord, BroadcastTask } from '../records.ts'
import { followOf } from '../state.ts'
import { staffNamed } from './customers.ts'

const zoneMs = 8 * 3_600_000

export interface OpenBroadcast {
  readonly msgid: string
  readonly text: string
  readonly customers: number
}

export interface HandSent {
  readonly text: string
  /** All customers of the member when left out. */
  readonly externalUserIds?: readonly string[]
  readonly attachments?: readonly Record<string, unknown>[]
}

/** 群发助手: the member's side of a broadcast. */
export function broadcastControls(core: Core) {
  return {
    /** What waits for this member's confirmation. */
    openBroadcasts(userid: string): OpenBroadcast[] {
      return [...core.state.broadcasts.values()].flatMap((record) => {
        const task = taskOf(record, userid)
        return record.cancelled || task === undefined || task.sentAt !== null ? [] : [{ msgid: record.msgid, text: record.text, customers: task.targets.length }]
      })
    },

    /** The member confirms: only now something is sent. Each customer takes as many a month as the month has days. */
    confirmBroadcast(userid: string, msgid: string): BroadcastTask {
      const record = core.state.broadcasts.get(msgid)
      const task = record === undefined ? undefined : taskOf(record, userid)
      if (record === undefined || task === undefined) throw new Error('no such task')
      if (record.cancelled) throw new Error('the broadcast was cancelled')
      if (task.sentAt !== null) throw new Error('the task was confirmed before')
      return send(record, task)
    },

    /** The member sends to customers of his own by himself: made and confirmed in one tap; no callback tells of it. */
    memberSendsBroadcast(userid: string, { text, externalUserIds, attachments = [] }: HandSent): string {
      const person = staffNamed(core, userid)
      const friends = friendsOf(core, person.userid).map((follow) => follow.externalUserId)
      const chosen = externalUserIds ?? friends
      if (chosen.length === 0 || chosen.some((id) => !friends.includes(id))) throw new Error(`${userid} sends to his own customers only`)
      const task = newTask(person.userid, chosen)
      const record = newRecord(person.userid, true, text, attachments, [task])
      send(record, task)
      return record.msgid
    },

    /** Somebody makes a broadcast of the company in WeCom's administration; each of these members confirms or not. */
    administrationMakesBroadcast(creator: string, text: string, customersOf: Readonly<Record<string, readonly string[]>>): string {
      const tasks = Object.entries(customersOf).map(([userid, ids]) => newTask(staffNamed(core, userid).userid, ids))
      return newRecord(staffNamed(core, creator).userid, false, text, [], tasks).msgid
    },
  }

  function newTask(userid: string, externalUserIds: readonly string[]): BroadcastTask {
    return { userid, sentAt: null, targets: externalUserIds.map((externalUserId) => ({ externalUserId, status: 0, sentAt: null })) }
  }

  function newRecord(creator: string, personal: boolean, text: string, attachments: readonly Record<string, unknown>[], tasks: BroadcastTask[]): BroadcastRecord {
    const record: BroadcastRecord = {
      msgid: `msg${randomText(29)}`, chatType: 'single', createdAt: core.now(), creator, personal, text, attachments: attachments.map((each) => ({ ...each })), cancelled: false, remindedAt: [], tasks,
    }
    core.state.broadcasts.set(record.msgid, record)
    return record
  }

  function send(record: BroadcastRecord, task: BroadcastTask): BroadcastTask {
    task.sentAt = core.now()
    for (const target of task.targets) deliver(record, task, target)
    return task
  }

  function taskOf(record: BroadcastRecord, userid: string): BroadcastTask | undefined {
    return record.tasks.find((task) => task.userid.toLowerCase() === userid.toLowerCase())
  }

  function deliver(record: BroadcastRecord, task: BroadcastTask, target: BroadcastTask['targets'][number]): void {
    if (record.chatType === 'group') return deliverToGroup(record, target)
    const follow = followOf(core.state, task.userid, target.externalUserId)
    if (follow === undefined || follow.deletedByCustomer) {
      target.status = 2
    } else if (receivedThisMonth(target.externalUserId) >= daysInMonth(core.now())) {
      target.status = 3
    } else {
      target.status = 1
      target.sentAt = core.now()
      say(core, task.userid, target.externalUserId, { from: 'broadcast', msgtype: 'text', text: record.text })
    }
  }

  /** What a group that is gone, or got as many as it may, does not get stays unsent. */
  function deliverToGroup(record: BroadcastRecord, target: BroadcastTask['targets'][number]): void {
    const group = core.state.groups.get(target.externalUserId)
    if (group === undefined || group.now === null || receivedThisMonth(target.externalUserId) >= daysInMonth(core.now())) return
    target.status = 1
    target.sentAt = core.now()
    group.lines.push(record.text)
  }

  function receivedThisMonth(externalUserId: string): number {
    const month = monthOf(core.now())
    return [...core.state.broadcasts.values()].flatMap((record) => record.tasks).flatMap((task) => task.targets)
      .filter((target) => target.externalUserId === externalUserId && target.sentAt !== null && monthOf(target.sentAt) === month).length
  }
}

function monthOf(at: number): string {
  return new Date(at + zoneMs).toISOString().slice(0, 7)
}

function daysInMonth(at: number): number {
  const day = new Date(at + zoneMs)
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
}
