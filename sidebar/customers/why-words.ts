import { useI18n } from 'vue-i18n'
import type { MissingPart, Reason } from '#shared/contracts/explain'
import { formatFen, formatMoment } from '../ui/format.ts'

/** The rules of an explanation in words. Names of rules come from the server; how they read is here. */
export interface WhyWords {
  readonly reason: (reason: Reason) => string
  readonly missing: (part: MissingPart) => string
}

const scopeKeys: Readonly<Record<string, string>> = {
  all: 'why.scopeAll', customers: 'why.scopeCustomers', departments: 'why.scopeDepartments', followed: 'why.scopeFollowed', own: 'why.scopeOwn', pool: 'why.scopePool',
  subtree: 'why.scopeSubtree', team: 'why.scopeTeam',
}
const conditionKeys: Readonly<Record<string, string>> = {
  campaign: 'why.conditionCampaign', journeyNode: 'why.conditionJourneyNode', openTask: 'why.conditionOpenTask', pool: 'why.conditionPool', spend: 'why.conditionSpend',
  stage: 'why.conditionStage', tagGroups: 'why.conditionTagGroups', tags: 'why.conditionTags', templateCategory: 'why.conditionTemplateCategory', valueTier: 'why.conditionValueTier',
}

export function useWhyWords(): WhyWords {
  const { t, te } = useI18n()
  const listed = (texts: readonly string[]): string => texts.join('、')
  const until = (instant: number | null): string => (instant === null ? '' : formatMoment(instant))

  /** A scope or condition that this version does not know is shown as it came. */
  function scopeText(scope: string, departments: readonly string[] = []): string {
    const key = scopeKeys[scope]
    return departments.length > 0 ? listed(departments) : key === undefined ? scope : t(key)
  }

  function valueText(condition: string, value: string): string {
    if (condition === 'spend') return formatFen(Number(value))
    return condition === 'stage' && te(`stage.${value}`, 'zh-CN') ? t(`stage.${value}`) : value
  }

  function reason(given: Reason): string {
    switch (given.kind) {
      case 'role': {
        const words = t('why.role', { label: given.label, scope: scopeText(given.scope) })
        return given.onlyOwnRecords ? `${words} · ${t('why.onlyOwnRecords')}` : words
      }
      case 'temporary': return given.campaign === null
        ? t('why.temporary', { until: until(given.until), reason: given.reason })
        : t('why.temporaryCampaign', { campaign: given.campaign, until: until(given.until) })
      case 'node': return t('why.node', { name: given.nodeKey })
      case 'share': return t('why.share', { name: given.sharedBy, until: until(given.until) })
      case 'restriction': return t('why.restriction')
      case 'freeze': return t('why.freeze')
    }
  }

  function missing(part: MissingPart): string {
    switch (part.kind) {
      case 'scope': return t('why.isIn', { scope: scopeText(part.scope, part.departments) })
      case 'withheld': return t('why.withheld')
      case 'operation': return t('why.operation')
      case 'time': return [
        ...(part.from === null ? [] : [t('why.timeFrom', { from: formatMoment(part.from) })]),
        ...(part.until === null ? [] : [t('why.timeUntil', { until: formatMoment(part.until) })]),
      ].join(' · ')
      case 'condition': {
        const name = part.condition.split('.')[0] ?? part.condition
        const key = conditionKeys[name]
        const wants = listed(part.wants.map((value) => valueText(name, value)))
        const words = key === undefined ? wants : t(key, { wants })
        if (part.has === null) return words
        return words + (part.has.length === 0 ? t('why.nowNothing') : t('why.now', { has: listed(part.has.map((value) => valueText(name, value))) }))
      }
    }
  }

  return { reason, missing }
}
