import { say } from '../core.ts'
import type { Core } from '../core.ts'
import type { BroadcastRecord, BroadcastTask } from '../records.ts'
import { followOf } from '../state.ts'

const zoneMs = 8 * 3_600_000

export interface OpenBroadcast {
  readonly msgid: string
  readonly text: string
  readonly customers: number
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
      task.sentAt = core.now()
      for (const target of task.targets) deliver(record, task, target)
      return task
    },
  }

  function taskOf(record: BroadcastRecord, userid: string): BroadcastTask | undefined {
    return record.tasks.find((task) => task.userid.toLowerCase() === userid.toLowerCase())
  }

  function deliver(record: BroadcastRecord, task: BroadcastTask, target: BroadcastTask['targets'][number]): void {
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
