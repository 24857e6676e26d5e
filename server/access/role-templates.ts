import type { RoleGrant } from '#shared/access/index'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { roles } from './access.entity.ts'
import { raiseEpoch } from './access-state.ts'
import { parseTemplate, type TemplateCells } from './template-cells.ts'

/**
 * The product's role templates: V view, E edit, O operate; `f` followed, `o` own, `t` team, `s` subtree, `*` all,
 * `p` in a pool of my departments or one above; `r` only records of my store. A letter alone means all.
 * They fill the table `roles` once; from then on the table is a setting and is never overwritten.
 */
export const templateCells = {
  trainee: { label: '实习', cells: { profile: 'Vf' } },
  clerk: {
    label: '导购',
    cells: {
      profile: 'Vt', contact: 'Vo', spending: 'Vtr', labels: 'Vo', ownership: 'Vt Ep Eo',
      messages: 'Vo', followups: 'Vo Eo', visits: 'Vtr Etr', tickets: 'Vo Eo', tasks: 'Vo Eo',
      templates: 'V', broadcasts: 'Vo Eo Oo', entrances: 'Vt', reports: 'Vo',
    },
  },
  sales: {
    label: '顾问',
    cells: {
      profile: 'Vf Vp Eo', contact: 'Vo Eo Oo', spending: 'Vo', contract: 'Vo', labels: 'Vo Eo', ownership: 'Vf Vp Ep Eo',
      messages: 'Vo', followups: 'Vo Eo', visits: 'Vo Eo', tickets: 'Vo Eo', tasks: 'Vo Eo',
      templates: 'V', broadcasts: 'Vo Eo Oo', entrances: 'Vo', reports: 'Vo',
    },
  },
  service: {
    label: '客服',
    cells: {
      profile: 'Vf', contact: 'Vf', labels: 'Vf', ownership: 'Vf',
      messages: 'Vf', followups: 'Vf Ef', visits: 'Vf', tickets: 'Vf Ef', tasks: 'Vf Ef',
      templates: 'V', broadcasts: 'Vf Ef Of', reports: 'Vf',
    },
  },
  'service-lead': {
    label: '客服组长',
    cells: {
      profile: 'Vs', labels: 'Vs', ownership: 'Vs',
      messages: 'Vs', followups: 'Vs', visits: 'Vs', tickets: 'Vs Es Os', tasks: 'Vs Os',
      templates: 'V', broadcasts: 'Vs', approvals: 'Vs', reports: 'Vs',
    },
  },
  'store-manager': {
    label: '店长',
    cells: {
      profile: 'Vt Et', contact: 'Vt Et Ot', spending: 'Vt', contract: 'Vt', labels: 'Vt Et Ot', ownership: 'Vt Et Ot',
      messages: 'Vt', followups: 'Vt Eo', history: 'Vt Ot', visits: 'Vt Et Ot', tickets: 'Vt Et', tasks: 'Vt Et Ot',
      templates: 'V E', broadcasts: 'Vt Et Ot', approvals: 'Vt Ot', entrances: 'Vt Et Ot', reports: 'Vt',
    },
  },
  'regional-manager': {
    label: '区域经理',
    cells: {
      profile: 'Vs', contact: 'Vs', spending: 'Vs', contract: 'Vs', labels: 'Vs', ownership: 'Vs Os',
      messages: 'Vs', followups: 'Vs Os', history: 'Vs Os', visits: 'Vs', tickets: 'Vs', tasks: 'Vs Os',
      templates: 'V', broadcasts: 'Vs', approvals: 'Vs Os', entrances: 'Vs', reports: 'Vs Os',
    },
  },
  'sales-head': {
    label: '销售主管',
    cells: {
      profile: 'V*', contact: 'V*', spending: 'V*', contract: 'V*', labels: 'V* E*', ownership: 'V* O*',
      messages: 'V*', followups: 'V* E*', history: 'V*', visits: 'V*', tickets: 'V*', tasks: 'V* O*',
      templates: 'V E', broadcasts: 'V* E* O*', approvals: 'V* O*', entrances: 'V*', reports: 'V* E*',
    },
  },
  marketing: {
    label: '市场专员',
    cells: { templates: 'V E', broadcasts: 'V* E* O*', entrances: 'V* E*', reports: 'V*', strategy: 'V' },
  },
  'marketing-director': {
    label: '市场总监',
    cells: {
      profile: 'V*', labels: 'V*',
      templates: 'V E O', broadcasts: 'V* E* O*', approvals: 'V* O*', entrances: 'V* E* O*', reports: 'V* E* O*', strategy: 'V E O',
    },
  },
  'hq-operations': {
    label: '总部运营',
    cells: {
      profile: 'V*', spending: 'V*', labels: 'V* E*', ownership: 'V* O*',
      followups: 'V*', visits: 'V*', tickets: 'V*', tasks: 'V*',
      templates: 'V E', broadcasts: 'V* E* O*', approvals: 'V*', entrances: 'V* E* O*', reports: 'V* E*', strategy: 'V E',
    },
  },
  director: {
    label: '总监',
    cells: {
      profile: 'V*', contact: 'V* O*', spending: 'V*', contract: 'V* O*', labels: 'V*', ownership: 'V* O*',
      messages: 'V*', followups: 'V*', history: 'V* O*', visits: 'V*', tickets: 'V*', tasks: 'V*',
      templates: 'V O', broadcasts: 'V*', approvals: 'V* O*', entrances: 'V*', reports: 'V* E* O*', strategy: 'V',
    },
  },
  administrator: {
    label: '管理员',
    cells: { policy: 'V O', audit: 'V O', integration: 'V O', settings: 'V O', strategy: 'V E O' },
  },
} as const satisfies Record<string, { readonly label: string, readonly cells: TemplateCells }>

export type RoleTemplateKey = keyof typeof templateCells

export interface RoleTemplate {
  readonly roleKey: RoleTemplateKey
  readonly label: string
  readonly grants: readonly RoleGrant[]
}

export function isRoleTemplateKey(key: string): key is RoleTemplateKey {
  return Object.hasOwn(templateCells, key)
}

/** All thirteen, parsed. */
export const roleTemplates: readonly RoleTemplate[] = Object.keys(templateCells).filter(isRoleTemplateKey)
  .map((roleKey) => ({ roleKey, label: templateCells[roleKey].label, grants: parseTemplate(templateCells[roleKey].cells) }))

/** Inserts the templates that are missing and leaves existing rows alone, edited or not. Returns the inserted keys. */
export async function ensureRoleTemplates(work: UnitOfWork, now: number): Promise<string[]> {
  const table = work.db.getRepository(roles)
  const present = new Set((await table.find({ select: { roleKey: true } })).map((row) => row.roleKey))
  const inserted: string[] = []
  for (const template of roleTemplates) {
    if (present.has(template.roleKey)) continue
    try {
      await table.insert({ roleKey: template.roleKey, label: template.label, grants: template.grants, version: 1, updatedAt: now })
      inserted.push(template.roleKey)
    } catch (error) {
      // Another process that starts at the same time was faster.
      if (!isUniqueViolation(error)) throw error
    }
  }
  if (inserted.length > 0) await raiseEpoch(work)
  return inserted
}
