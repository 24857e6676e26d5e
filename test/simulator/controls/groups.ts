import { groupEvent } from '../callbacks/events.ts'
import type { Core } from '../core.ts'
import { randomText } from '../ids.ts'
import type { GroupRecord, GroupView } from '../records.ts'
import { staffNamed } from './customers.ts'

/** What members and customers do with customer groups in their clients; each tells our server as WeCom would. */
export function groupControls(core: Core) {
  function groupNamed(chatId: string): GroupRecord {
    const group = core.state.groups.get(chatId)
    if (group === undefined) throw new Error(`no group ${chatId}`)
    return group
  }
  /** The API still shows what was before for a moment. */
  function change(group: GroupRecord, next: GroupView | null): void {
    group.before = group.now
    group.now = next
    group.changedAt = core.now()
  }
  function changed(chatId: string, view: (now: GroupView) => GroupView): GroupRecord {
    const group = groupNamed(chatId)
    if (group.now === null) throw new Error(`the group ${chatId} is gone`)
    change(group, view(group.now))
    return group
  }
  return {
    memberCreatesGroup(userid: string, { name, customers = [], staff = [] }: { readonly name: string, readonly customers?: readonly string[], readonly staff?: readonly string[] }): string {
      const owner = staffNamed(core, userid).userid
      const chatId = `wr${randomText(30)}`
      core.state.groups.set(chatId, {
        chatId, createdAt: core.now(), changedAt: core.now(), before: null, now: { name, owner, staff: [owner, ...staff], customers: [...customers] }, memberVersion: randomText(32), lines: [],
      })
      groupEvent(core, chatId, 'create')
      return chatId
    },
    ownerHandsGroupOver(chatId: string, userid: string): void {
      const owner = staffNamed(core, userid).userid
      changed(chatId, (now) => ({ ...now, owner, staff: [...new Set([...now.staff, owner])] }))
      groupEvent(core, chatId, 'update', [['UpdateDetail', 'change_owner'], ['JoinScene', 0], ['QuitScene', 0], ['MemChangeCnt', 0]])
    },
    ownerRenamesGroup(chatId: string, name: string): void {
      changed(chatId, (now) => ({ ...now, name }))
      groupEvent(core, chatId, 'update', [['UpdateDetail', 'change_name'], ['JoinScene', 0], ['QuitScene', 0], ['MemChangeCnt', 0]])
    },
    customerJoinsGroup(chatId: string, externalUserId: string): void {
      const group = changed(chatId, (now) => ({ ...now, customers: [...now.customers, externalUserId] }))
      const last = group.memberVersion
      group.memberVersion = randomText(32)
      groupEvent(core, chatId, 'update', [
        ['UpdateDetail', 'add_member'], ['JoinScene', 3], ['QuitScene', 0], ['MemChangeCnt', 1], ['MemChangeList', [['Item', externalUserId]]], ['LastMemVer', last], ['CurMemVer', group.memberVersion],
      ])
    },
    ownerDissolvesGroup(chatId: string): void {
      change(groupNamed(chatId), null)
      groupEvent(core, chatId, 'dismiss')
    },
    /** What was broadcast to the group, oldest first. */
    groupLines: (chatId: string): string[] => [...groupNamed(chatId).lines],
  }
}
