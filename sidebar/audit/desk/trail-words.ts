import { customerFields, isCustomerField } from '#shared/access/fields'
import type { AuditItem } from '#shared/contracts/audit'
import { operationWords } from '../../access/desk/rule-words.ts'
import { formatMoment } from '../../ui/format.ts'

type Detail = AuditItem['details'][string]

/** What turns keys into words: the texts, whether a key is among them, and the language. */
export interface Wording {
  readonly t: (key: string, values?: Record<string, unknown>) => string
  readonly te: (key: string) => boolean
  readonly language: string
}

/** Details that are instants. */
const moments: ReadonlySet<string> = new Set(['from', 'until'])
const earliestInstant = 1_000_000_000_000

/** The last part of an id or digest: enough to tell two apart; the whole of it stands in the cell's title. */
const shortId = (text: string): string => (/^(?:[0-9a-f]{32,}|[0-9a-f]{8}-[0-9a-f-]{27})$/.test(text) ? `…${text.slice(-8)}` : text)

const known = (group: string, key: string, { t, te }: Wording): string => (te(`${group}.${key}`) ? t(`${group}.${key}`) : key)

/** `customer.revealed` as people read it: `查看明文`. One that has no words yet stays as it is, so that nothing is lost. */
export function actionWords(action: string, wording: Wording): string {
  const key = action.replaceAll('.', '_')
  return wording.te(`auditAction.${key}`) ? wording.t(`auditAction.${key}`) : action
}

/** With whom or what it was done: a name where one is known, else what kind of thing and its id. */
export function subjectWords(subject: NonNullable<AuditItem['subject']>, wording: Wording): string {
  const kind = subject.kind === null ? '' : known('auditSubject', subject.kind, wording)
  return [kind, subject.name ?? subject.userid ?? shortId(subject.id ?? '')].filter(Boolean).join(' ')
}

function oneWord(name: string, value: string | number | boolean, wording: Wording): string {
  if (typeof value === 'boolean') return wording.t(value ? 'console.yes' : 'console.no')
  if (typeof value === 'number') return moments.has(name) && value >= earliestInstant ? formatMoment(value) : String(value)
  if (isCustomerField(value)) return wording.language === 'en' ? customerFields[value].en : customerFields[value].zh
  if (value.includes('.')) return actionWords(operationWords(value, wording.t, wording.language), wording)
  return shortId(known('auditWord', value, wording))
}

/** `原因：电话联系；字段：手机号`: ids, counts and names of fields, never a value. */
export function detailWords(details: Readonly<Record<string, Detail>>, wording: Wording): string {
  return Object.entries(details).map(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    return values.length === 0 ? '' : `${known('auditDetail', name, wording)}${wording.t('app.separator')}${values.map((one) => oneWord(name, one, wording)).join('、')}`
  }).filter(Boolean).join('；')
}
