import type { TemplateItem } from '#shared/contracts/templates'

/** Which templates a table shows. */
export interface TemplateFilter {
  readonly which: 'usable' | 'mine' | 'all'
  readonly q?: string
  readonly category?: TemplateItem['category']
  readonly state?: TemplateItem['state']
}
