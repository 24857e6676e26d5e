import { defineTable, id, instant, integer, json, key, primary } from '../../database/columns.ts'
import type { BroadcastRules } from './rules.ts'

/** The rules of broadcasts: `active` are in force, `draft` are those that somebody edits. Without a row the defaults hold. */
export interface BroadcastRulesRow {
  id: 'active' | 'draft'
  version: number
  document: BroadcastRules
  updatedAt: number
  updatedBy: string
}

export const broadcastRules = defineTable<BroadcastRulesRow>('broadcast_rules', {
  id: primary(key(16)),
  version: integer(),
  document: json(),
  updatedAt: instant(),
  updatedBy: id(),
})
