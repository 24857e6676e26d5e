import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { templateRules, type TemplateRule } from './access.entity.ts'

export type AssignmentRule = Omit<TemplateRule, 'id'>

/** What decides the role of a staff member by rule. */
export interface AssignmentFacts {
  readonly departments: readonly { readonly id: number, readonly path: string, readonly kind: string }[]
  readonly position: string
  readonly leader: boolean
}

/** Whoever no rule speaks about (S10). */
export const fallbackRole = 'trainee'

/**
 * The role that the rules give: the lowest rank whose every given part holds. The administrator's is never given by a
 * rule, because whoever edits positions in WeCom could appoint himself.
 */
export function assignRole(rules: readonly AssignmentRule[], facts: AssignmentFacts): string {
  const matching = rules
    .filter((rule) => rule.roleKey !== 'administrator' && matches(rule, facts))
    .sort((a, b) => a.rank - b.rank || (a.roleKey < b.roleKey ? -1 : 1))
  return matching[0]?.roleKey ?? fallbackRole
}

function matches(rule: AssignmentRule, facts: AssignmentFacts): boolean {
  if (rule.leader !== null && rule.leader !== facts.leader) return false
  if (rule.positionContains !== null && !facts.position.includes(rule.positionContains)) return false
  if (rule.departmentId === null && rule.departmentKind === null) return true
  return facts.departments.some((department) =>
    (rule.departmentId === null || department.path.split('/').includes(String(rule.departmentId)))
    && (rule.departmentKind === null || department.kind === rule.departmentKind))
}

/**
 * Words in positions, the narrow before the wide: an assistant to the general manager is no general manager.
 * `kind` asks for a department of that kind.
 */
const words: readonly { readonly word: string, readonly roleKey: string, readonly kind?: string }[] = [
  { word: '实习', roleKey: 'trainee' },
  { word: '助理', roleKey: 'trainee' },
  { word: '副店长', roleKey: 'clerk', kind: 'store' },
  { word: '店长', roleKey: 'store-manager', kind: 'store' },
  { word: '导购', roleKey: 'clerk' },
  { word: '店员', roleKey: 'clerk' },
  { word: '客服组长', roleKey: 'service-lead' },
  { word: '客服', roleKey: 'service' },
  { word: '区域经理', roleKey: 'regional-manager' },
  { word: '销售主管', roleKey: 'sales-head' },
  { word: '销售总监', roleKey: 'sales-head' },
  { word: '市场总监', roleKey: 'marketing-director' },
  { word: '市场', roleKey: 'marketing' },
  { word: '运营', roleKey: 'hq-operations' },
  { word: '顾问', roleKey: 'sales' },
  { word: '销售', roleKey: 'sales' },
  { word: '总监', roleKey: 'director' },
  { word: '总经理', roleKey: 'director' },
]

/** The rules a new company starts with. Fixed ids, so that starting twice inserts once. */
export const defaultTemplateRules: readonly TemplateRule[] = words.map((rule, place) => ({
  id: `default-rule-${String(place + 1).padStart(2, '0')}`,
  rank: (place + 1) * 10,
  departmentId: null,
  departmentKind: rule.kind ?? null,
  positionContains: rule.word,
  leader: null,
  roleKey: rule.roleKey,
}))

/** Fills the rules of a company that has none at all; a company with any rule keeps its own. */
export async function ensureTemplateRules(work: UnitOfWork): Promise<number> {
  const table = work.db.getRepository(templateRules)
  if (await table.count() > 0) return 0
  try {
    await table.insert([...defaultTemplateRules])
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return 0
  }
  return defaultTemplateRules.length
}
