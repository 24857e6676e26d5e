import type { CustomerCard, CustomerPatch, Stage } from '#shared/contracts/customers'
import { isMasked } from './card.ts'

/** The fields that the edit screen knows, in their order on the screen. */
export const editableFields = [
  'name', 'remark', 'mobile', 'birthday', 'stage', 'preferences', 'memberLevel', 'email', 'address', 'contractAmountFen',
] as const satisfies readonly (keyof CustomerPatch)[]
export type EditableField = (typeof editableFields)[number]

/** The stages in their usual order; `edit-fields.test.ts` holds them equal to the contract's. */
export const stageNames = ['lead', 'contacted', 'intent', 'negotiating', 'signed', 'delivered', 'dormant'] as const satisfies readonly Stage[]

/** Between two preferences in a draft; people cannot type it into one line. */
export const betweenPreferences = '\n'

/** What was typed, field by field; null clears the field. A field that is not here is not changed. */
export type Changes = Partial<Record<EditableField, string | null>>

export const isEditableField = (name: string): name is EditableField => editableFields.some((field) => field === name)
const isStage = (text: string | null): text is Stage => stageNames.some((stage) => stage === text)

/** The fields to show: what the server says is writable, and nothing else. */
export function writableFields(card: CustomerCard): readonly EditableField[] {
  return editableFields.filter((field) => card.abilities.writable.includes(field))
}

/** Fields that may be emptied; a name must stay. */
export const isClearable = (field: EditableField): boolean => field !== 'name' && field !== 'stage'

/** The present value as text of the form. Empty for a masked one: a mask is never put into an input. */
export function presentText(card: CustomerCard, field: EditableField): string {
  if (isMasked(card, field)) return ''
  const value = card.customer[field]
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.join(betweenPreferences)
  return field === 'contractAmountFen' ? yuanText(Number(value)) : String(value)
}

/** The mask of a masked value, to be shown beside the input; empty when the value is clear or absent. */
export function maskText(card: CustomerCard, field: EditableField): string {
  const value = isMasked(card, field) ? card.customer[field] : ''
  return typeof value === 'string' ? value : ''
}

/** Fen as yuan in plain digits: 128050 → `1280.50`. */
export function yuanText(fen: number): string {
  const cents = fen % 100
  return `${Math.trunc(fen / 100)}${cents === 0 ? '' : `.${String(cents).padStart(2, '0')}`}`
}

/** Yuan with at most two decimals to fen, without floating point; null when it is no such amount. */
export function fenFrom(yuan: string): number | null {
  const match = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(yuan.trim())
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : null
}

export type Problem = 'errorRequired' | 'errorAmount' | 'errorMasked'

/** What a person can put right before sending. The server checks everything again. */
export function problemOf(field: EditableField, text: string | null): Problem | null {
  if (text === null) return isClearable(field) ? null : 'errorRequired'
  if (field === 'name' && text.trim() === '') return 'errorRequired'
  if (['mobile', 'email', 'address', 'contractAmountFen'].includes(field) && text.includes('*')) return 'errorMasked'
  return field === 'contractAmountFen' && fenFrom(text) === null ? 'errorAmount' : null
}

type Written = Omit<CustomerPatch, 'version'>

const writers: Record<EditableField, (text: string | null) => Written> = {
  name: (text) => ({ name: (text ?? '').trim() }),
  remark: (text) => ({ remark: (text ?? '').trim() }),
  mobile: (text) => ({ mobile: text?.trim() ?? null }),
  email: (text) => ({ email: text?.trim() ?? null }),
  address: (text) => ({ address: text?.trim() ?? null }),
  birthday: (text) => ({ birthday: text }),
  preferences: (text) => ({ preferences: text ? text.split(betweenPreferences) : [] }),
  stage: (text) => (isStage(text) ? { stage: text } : {}),
  memberLevel: (text) => ({ memberLevel: text === null ? null : Number(text) }),
  contractAmountFen: (text) => ({ contractAmountFen: text === null ? null : fenFrom(text) }),
}

/** Exactly the changed fields, with the version that the person looked at. */
export function patchOf(version: number, changes: Changes): CustomerPatch {
  const patch: CustomerPatch = { version }
  for (const field of editableFields) {
    const text = changes[field]
    if (text !== undefined) Object.assign(patch, writers[field](text))
  }
  return patch
}
