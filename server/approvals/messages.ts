import { errorTexts } from '#shared/error-codes'
import type { ApprovalRow } from './approval.entity.ts'

/** Texts of the app to staff. Short numbers and times make two of them differ: WeCom drops a second equal text within half an hour. */

const number = (row: ApprovalRow): string => row.id.slice(-6).toUpperCase()

export interface ResultParts {
  readonly title: string
  readonly deciderName: string | null
  /** The reader asked for it himself. */
  readonly own: boolean
}

/** What became of a request, for its requester and those who would have gained. */
export function resultText(row: ApprovalRow, { title, deciderName, own }: ResultParts): string {
  const note = row.note === null || row.note === '' ? '' : `，说明：${row.note}`
  const by = deciderName === null ? '' : `由${deciderName}`
  const results: Readonly<Record<ApprovalRow['status'], string>> = {
    pending: '正在处理', waiting: '正在等待期中', withdrawn: '已撤回',
    approved: deciderName === null ? '等待期已满，已生效' : `已${by}同意${note}`,
    refused: `已${by}拒绝${note}`,
    expired: '无人处理，已过期，没有生效',
    outdated: '的内容在审批前已变化，没有生效，请重新申请',
  }
  return `${own ? '您的申请' : '与您有关的申请'}「${title}」${results[row.status]}。（编号 ${number(row)}）`
}

const reasons: Readonly<Record<string, string>> = {
  'requester': '这是您自己的申请，不能由您审批。',
  'beneficiary': '您是这项申请的受益人，不能由您审批。',
  'same-person': '申请来自您的另一个账号，不能由您审批。',
  'inactive': '您的账号已停用，不能审批。',
  'no-right': '您现在没有审批这项申请的权限。',
  'not-superior': '您不是申请人的上级，不能审批这项申请。',
  'not-asked': '这项申请没有交给您审批。',
  'console-only': '这项申请需要在管理后台重新登录后审批。',
}

const states: Readonly<Record<ApprovalRow['status'], string>> = {
  pending: '仍在等待其他审批人', waiting: '处于等待期', approved: '已同意', refused: '已拒绝', expired: '已过期', withdrawn: '已由申请人撤回', outdated: '因内容变化已失效',
}

/** Why a tap did nothing. `reason`: `late`, why somebody may not decide, or an error code of the kind. */
export function toldText(row: ApprovalRow, reason: string, deciderName: string | null, time: string): string {
  const known = Object.entries(errorTexts).find(([code]) => code === reason)?.[1].zh
  const by = deciderName === null ? '' : `（${deciderName}）`
  const text = reason === 'late' ? `这项审批${states[row.status]}${by}，您的点击没有生效。` : reasons[reason] ?? known ?? '您的点击没有生效。'
  return `${text}（编号 ${number(row)}，${time}）`
}

/** The waiting period began: to those who may end it, and to the requester. */
export function waitingText(row: ApprovalRow, title: string, until: string, url: string, own: boolean): string {
  return own
    ? `「${title}」没有其他人可以审批，已通知相关负责人；如无人拒绝，将于 ${until} 自动生效。（编号 ${number(row)}）`
    : `「${title}」没有第二位管理员可以审批，如无人拒绝，将于 ${until} 自动生效。如有不妥，请打开管理后台拒绝：${url}（编号 ${number(row)}）`
}

export const mutualText = (first: string, second: string, time: string): string =>
  `提醒：${first}与${second}近 30 天内多次互相审批通过，请在管理后台「审批」中查看。（${time}）`
