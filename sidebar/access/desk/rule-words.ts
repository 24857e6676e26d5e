import type { Condition } from '#shared/access/grants'
import { isUnit } from '#shared/access/matrix'
import { units } from '#shared/access/operations'
import type { readPolicyWords } from '#shared/contracts/policy'
import type { DraftGrant } from '#shared/contracts/policy-document'
import type { Answer } from '../../api/route.ts'
import { formatFen } from '../../ui/format.ts'

/** Names of departments, tags and the like, to say rules in words. */
export type PolicyWords = Answer<typeof readPolicyWords>
export type AnyScope = { readonly kind: string } & Readonly<Record<string, unknown>>
export type AnyCondition = DraftGrant['conditions'][number]

export const scopeKinds = ['followed', 'own', 'team', 'subtree', 'departments', 'pool', 'all'] as const
/** In the order in which they are offered; a new condition does not compile before it stands here. */
const offered: Readonly<Record<Condition['kind'], true>> = {
  tags: true, tagGroups: true, stage: true, valueTier: true, spend: true, openTask: true, journeyNode: true, pool: true, recordStoreIsMine: true, templateCategory: true, campaign: true,
}
export const conditionKinds: readonly string[] = Object.keys(offered)
export const matches = ['any', 'all', 'none'] as const

type Translate = (key: string, values?: Record<string, unknown>) => string

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** `a、b 等 7 个`: as many as can be read at a glance. */
export function fewOf(names: readonly string[], t: Translate, most = 3): string {
  return names.length <= most ? names.join('、') : t('rule.andMore', { names: names.slice(0, most).join('、'), count: names.length })
}

export function departmentNames(ids: unknown, words: PolicyWords | null): string[] {
  return texts(ids).map((id) => words?.departments.find((one) => String(one.id) === id)?.name ?? id)
}

/** A scope in one short word, with its departments where it names some. */
export function scopeWord(scope: AnyScope, words: PolicyWords | null, t: Translate): string {
  if (scope.kind === 'departments') return fewOf(departmentNames(scope['departmentIds'], words), t)
  if (scope.kind === 'customers') return t('scope.customersNamed', { count: typeof scope['customers'] === 'number' ? scope['customers'] : texts(scope['customerIds']).length })
  return t(`scope.${scope.kind}`)
}

function tagNames(ids: unknown, words: PolicyWords | null): string[] {
  return texts(ids).map((id) => words?.tagGroups.flatMap((group) => group.tags).find((tag) => tag.id === id)?.name ?? id)
}

/** A condition in words: `阶段：意向、洽谈`. */
export function conditionWords(condition: AnyCondition, words: PolicyWords | null, t: Translate): string {
  const said = (names: readonly string[], match: unknown = null) =>
    `${t(`condition.${condition.kind}`)}${typeof match === 'string' ? t(`match.${match}`) : ''}${t('app.separator')}${fewOf(names, t, 5)}`
  switch (condition.kind) {
    case 'tags': return said(tagNames(condition['tagIds'], words), condition['match'])
    case 'tagGroups': return said(texts(condition['groupIds']).map((id) => words?.tagGroups.find((group) => group.id === id)?.name ?? id), condition['match'])
    case 'stage': return said(texts(condition['anyOf']).map((stage) => t(`stage.${stage}`)))
    case 'valueTier': return t('condition.valueTierFrom', { tier: String(condition['atLeast']) })
    case 'spend': return t('condition.spendFrom', { amount: formatFen(Number(condition['atLeastFen'])) })
    case 'journeyNode': return said(texts(condition['anyOf']), condition['match'] === 'reached' ? 'reached' : null)
    case 'pool': return said(departmentNames(condition['departmentIds'], words))
    case 'recordStoreIsMine': return t('condition.recordStoreIsMine')
    case 'campaign': return said(texts(condition['anyOf']).map((key) => words?.campaigns.find((one) => one.campaignKey === key)?.name ?? key))
    default: return said(texts(condition['anyOf']))
  }
}

/** `customer.contact.view` as people read it: `联系方式 · 能看`. */
export function operationWords(operation: string, t: Translate, language: string): string {
  const at = operation.lastIndexOf('.')
  const [unit, level] = [operation.slice(0, at), operation.slice(at + 1)]
  if (unit.startsWith('system.')) return `${t('console.system')} · ${t(`system.${unit.slice(7)}`)} · ${t(`level.${level}`)}`
  if (!isUnit(unit)) return operation
  return `${language === 'en' ? units[unit].en : units[unit].zh} · ${t(`level.${level}`)}`
}
