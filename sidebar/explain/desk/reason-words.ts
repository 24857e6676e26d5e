import type { Change, MissingPart, Reason } from '#shared/contracts/explain'
import { operationWords } from '../../access/desk/rule-words.ts'
import { formatMoment } from '../../ui/format.ts'

type Translate = (key: string, values?: Record<string, unknown>) => string

const ends = (until: number | null, t: Translate): string => (until === null ? '' : t('staff.until', { moment: formatMoment(until) }))

/** A rule that gave or took, in words. */
export function reasonWords(reason: Reason, t: Translate): string {
  switch (reason.kind) {
    case 'role': return t('reason.role', { label: reason.label, scope: t(`scope.${reason.scope}`) }) + (reason.onlyOwnRecords ? t('reason.onlyOwnRecords') : '')
    case 'temporary': return t('reason.temporary', { reason: reason.reason, campaign: reason.campaign ?? '', until: ends(reason.until, t) })
    case 'node': return t('reason.node', { node: reason.nodeKey })
    case 'share': return t('reason.share', { name: reason.sharedBy, reason: reason.reason, until: ends(reason.until, t) })
    case 'restriction': return t('reason.restriction', { id: reason.id })
    case 'freeze': return t('reason.freeze')
  }
}

/** What a grant lacked, as "it would be allowed if …". */
export function missingWords(missing: MissingPart, t: Translate, language: string): string {
  switch (missing.kind) {
    case 'scope': return missing.departments.length > 0 ? t('missing.departments', { names: missing.departments.join('、') }) : t(`missing.scope_${missing.scope}`)
    case 'condition': return t('missing.condition', { condition: t(`condition.${missing.condition.split('.')[0] ?? ''}`), wants: missing.wants.join('、') })
      + (missing.has === null ? '' : t('missing.has', { has: missing.has.join('、') || t('missing.nothing') }))
    case 'withheld': return t('missing.withheld')
    case 'operation': return t('missing.operation', { operation: operationWords(missing.operation, t, language) })
    case 'time': return missing.from !== null && missing.from > Date.now()
      ? t('missing.notYet', { moment: formatMoment(missing.from) })
      : t('missing.over', { moment: missing.until === null ? '' : formatMoment(missing.until) })
  }
}

/** One change after which the answer would be yes. */
export function changeWords(change: Change, t: Translate): string {
  switch (change.kind) {
    case 'role': return t('change.role', { label: change.label })
    case 'lift': return t('change.lift', { count: change.restrictions.length })
    default: return t(`change.${change.kind}`)
  }
}
