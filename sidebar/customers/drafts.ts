import { isEditableField, type Changes } from './edit-fields.ts'

/** What somebody typed about one customer and did not save yet. */
export interface Draft {
  /** The version of the customer that the person looked at. */
  readonly version: number
  readonly changes: Changes
}

const prefix = 'draft:'
const keyOf = (userid: string, externalUserId: string): string => `${prefix}${userid}:${externalUserId}`

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The draft that this person left for this customer, if it can be read. */
export function readDraft(storage: Storage, userid: string, externalUserId: string): Draft | null {
  const stored = parse(storage.getItem(keyOf(userid, externalUserId)) ?? '')
  if (!isRecord(stored) || typeof stored.version !== 'number' || !isRecord(stored.changes)) return null
  const changes: Changes = {}
  for (const [field, text] of Object.entries(stored.changes)) {
    if (isEditableField(field) && (typeof text === 'string' || text === null)) changes[field] = text
  }
  return Object.keys(changes).length > 0 ? { version: stored.version, changes } : null
}

/** Keeps the draft for as long as this window lives; without changes there is none. */
export function writeDraft(storage: Storage, userid: string, externalUserId: string, draft: Draft | null): void {
  const key = keyOf(userid, externalUserId)
  if (draft && Object.keys(draft.changes).length > 0) storage.setItem(key, JSON.stringify(draft))
  else storage.removeItem(key)
}

/** Another person signed in to this window: the former one's drafts are not his. */
export function dropForeignDrafts(storage: Storage, userid: string): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const key of keys) {
    if (key.startsWith(prefix) && !key.startsWith(keyOf(userid, ''))) storage.removeItem(key)
  }
}
