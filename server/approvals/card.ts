import type { ButtonCard, CardButton } from '../wecom/index.ts'
import { fit } from '../database/columns.ts'
import type { ApprovalRow, ApproverRow } from './approval.entity.ts'
import type { Described } from './approval-kind.ts'

const prefix = 'approval_'

/** Unique for the app, and how a tap finds its way back (WeCom doc path/90236). */
export const taskIdOf = (approverId: string): string => `${prefix}${approverId}`

/** The approver behind a card; null for a card that is not ours. */
export function approverOfTask(taskId: string): string | null {
  const id = taskId.startsWith(prefix) ? taskId.slice(prefix.length) : ''
  return /^[0-9a-f-]{36}$/.test(id) ? id : null
}

/** Where the console shows the request. */
export const consoleUrl = (publicUrl: string, requestId: string): string => `${publicUrl}/console/#/approvals/${requestId}`

export interface CardParts {
  readonly approver: ApproverRow
  readonly described: Described
  readonly requester: { readonly name: string, readonly userid: string } | null
  readonly decideOn: 'card' | 'console'
  readonly url: string
}

/** What an approver gets: two buttons that decide, or one that opens the console for what needs a fresh sign-in. */
export function approvalCard({ approver, described, requester, decideOn, url }: CardParts): ButtonCard {
  const deciding: readonly CardButton[] = [{ text: '同意', style: 1, key: 'approve' }, { text: '拒绝', style: 2, key: 'refuse' }]
  const opening: readonly CardButton[] = [{ type: 1, text: '打开管理后台', style: 1, url }]
  return {
    cardType: 'button_interaction',
    taskId: taskIdOf(approver.id),
    source: { desc: '待您审批' },
    mainTitle: { title: fit(described.title, 36) },
    horizontalContentList: [
      ...(requester === null ? [] : [{ type: 3, keyname: '申请人', value: fit(requester.name, 30), userid: requester.userid } as const]),
      ...described.lines.slice(0, 5).map((line) => ({ keyname: fit(line.label, 5), value: fit(line.value, 30) })),
    ],
    buttonList: decideOn === 'card' ? deciding : opening,
    cardAction: { type: 1, url },
  }
}

const endTexts: Readonly<Record<ApprovalRow['status'], string>> = {
  pending: '处理中', waiting: '等待期中', approved: '已同意', refused: '已拒绝', expired: '已过期', withdrawn: '已撤回', outdated: '内容已变化，已失效',
}

/** What stands on the buttons when there is nothing left to tap, at most 20 characters. `deciderName` is somebody else's name. */
export function endText(row: ApprovalRow, approver: ApproverRow, deciderName: string | null): string {
  if (row.status === 'pending' && approver.verdict === 'approve') return '已同意，等待其他审批人'
  const text = endTexts[row.status]
  if (deciderName === null || (row.status !== 'approved' && row.status !== 'refused')) return text
  return `${text}（${fit(deciderName, 10)}）`
}
