import { defineTable, id, instant, integer, json, key, nullable, primary, text, word } from '../database/columns.ts'

/** A QR code that belongs to a store. */
export interface Entrance {
  id: string
  departmentId: number
  /** Names this entrance in WeCom's `state`. */
  state: string
  configId: string | null
  qrCode: string | null
  remark: string
  welcomeText: string
  tagIds: string[]
  /** The staff whom WeCom was told. */
  userids: string[]
  status: 'wanted' | 'creating' | 'ready' | 'parked' | 'closed'
  createdAt: number
  updatedAt: number
  version: number
}

export const entrances = defineTable<Entrance>('entrances', {
  id: primary(id()),
  departmentId: integer(),
  state: key(30),
  configId: nullable(key(128)),
  qrCode: nullable(word(512)),
  remark: word(30),
  welcomeText: text(),
  tagIds: json(),
  userids: json(),
  status: key(16),
  createdAt: instant(),
  updatedAt: instant(),
  version: integer(),
}, [
  { name: 'ux_entrances_state', columns: ['state'], unique: true },
  { name: 'ux_entrances_config', columns: ['configId'], unique: true },
  { name: 'ix_entrances_department', columns: ['departmentId'] },
])
