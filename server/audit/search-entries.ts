import { z } from 'zod'
import type { Database } from '../database/database.ts'
import type { AuditEntry } from './audit.entity.ts'

/** What narrows a search; all given parts must hold. Ids are ours. */
export interface AuditSearch {
  /** Unix ms, inclusive. */
  readonly from?: number | undefined
  /** Unix ms, exclusive. */
  readonly until?: number | undefined
  readonly actorKind?: AuditEntry['actorKind'] | undefined
  readonly actorId?: string | undefined
  /** How the action begins, such as `policy.`. */
  readonly action?: string | undefined
  readonly operation?: string | undefined
  readonly outcome?: AuditEntry['outcome'] | undefined
  readonly subjectKind?: string | undefined
  readonly subjectId?: string | undefined
  readonly requestId?: string | undefined
}

/** An entry with its place in the chain; null until it is sealed. */
export interface FoundEntry extends AuditEntry {
  readonly place: number | null
}

/** After which entry a search goes on. */
export interface AuditPlace {
  readonly at: number
  readonly id: string
}

export interface AuditFinds {
  readonly entries: FoundEntry[]
  /** Where the next page begins, also when this one is short; null at the end. */
  readonly next: AuditPlace | null
}

/** How much work one page may be. */
export interface SearchBounds {
  /** Entries looked at by one statement. */
  readonly window: number
  /** Statements for one page. */
  readonly windows: number
  /** An action with at most so many entries is found through its own index and sorted; a more frequent one by walking back in time. */
  readonly rare: number
}

const usual: SearchBounds = { window: 20_000, windows: 5, rare: 5_000 }

interface Plan {
  readonly index: string
  readonly conditions: readonly string[]
  readonly parameters: Readonly<Record<string, unknown>>
  /** The rows of the index are in the order of the answer. */
  readonly ordered: boolean
}

/**
 * One page of entries, the newest first. However rare the entries are, a page looks at 100,000 others at most; it may
 * then be shorter than `limit` and still say where to go on.
 */
export async function searchEntries(database: Database, search: AuditSearch, after: AuditPlace | null, limit: number, bounds: SearchBounds = usual): Promise<AuditFinds> {
  const plan = await planFor(database, search, bounds.rare)
  const entries: FoundEntry[] = []
  let from = after
  for (let turn = 0; turn < bounds.windows; turn += 1) {
    const floor = plan.ordered ? await floorOf(database, plan, from, bounds.window) : null
    entries.push(...await read(database, plan, from, floor, limit + 1 - entries.length))
    if (entries.length > limit) return { entries: entries.slice(0, limit), next: placeOf(entries[limit - 1]) }
    if (floor === null) return { entries, next: null }
    from = { at: floor, id: '' }
  }
  return { entries, next: from }
}

function placeOf(entry: FoundEntry | undefined): AuditPlace | null {
  return entry === undefined ? null : { at: entry.at, id: entry.id }
}

async function planFor(database: Database, search: AuditSearch, rare: number): Promise<Plan> {
  const { conditions, parameters } = conditionsOf(search)
  const plan = (index: string, ordered = true): Plan => ({ index, conditions, parameters, ordered })
  if (search.requestId !== undefined) return plan('ix_audit_entries_request', false)
  if (search.subjectId !== undefined) return plan('ix_audit_entries_subject')
  if (search.actorId !== undefined) return plan('ix_audit_entries_actor')
  if (search.action !== undefined && await isRare(database, search.action, rare)) return plan('ix_audit_entries_action', false)
  return plan('ix_audit_entries_at')
}

function conditionsOf(search: AuditSearch): Pick<Plan, 'conditions' | 'parameters'> {
  const conditions: string[] = []
  const parameters: Record<string, unknown> = {}
  const add = (condition: string, name: string, value: unknown) => {
    if (value === undefined) return
    conditions.push(condition)
    parameters[name] = value
  }
  add('e.request_id = :requestId', 'requestId', search.requestId)
  add('e.subject_id = :subjectId', 'subjectId', search.subjectId)
  add('e.actor_id = :actorId', 'actorId', search.actorId)
  add('e.action >= :action', 'action', search.action)
  add('e.action < :actionEnd', 'actionEnd', search.action === undefined ? undefined : endOf(search.action))
  add('e.at >= :since', 'since', search.from)
  add('e.at < :until', 'until', search.until)
  add('e.subject_kind = :subjectKind', 'subjectKind', search.subjectKind)
  add('e.actor_kind = :actorKind', 'actorKind', search.actorKind)
  add('e.operation = :operation', 'operation', search.operation)
  add('e.outcome = :outcome', 'outcome', search.outcome)
  return { conditions, parameters }
}

/** The first text behind all that begin with `prefix`: actions are ASCII. */
const endOf = (prefix: string) => `${prefix}\u007f`

async function isRare(database: Database, action: string, rare: number): Promise<boolean> {
  const rows = await select(database, `SELECT COUNT(*) AS found FROM (SELECT 1 AS one FROM ${entriesBy(database, 'ix_audit_entries_action')}
    WHERE e.action >= :action AND e.action < :actionEnd LIMIT ${rare + 1}) counted`, { action, actionEnd: endOf(action) })
  return z.array(z.object({ found: z.coerce.number() })).parse(rows).every((row) => row.found <= rare)
}

const Floor = z.array(z.object({ at: z.coerce.number() }))

/** The time of the last entry of this window, by the index alone; null when the window reaches the end. */
async function floorOf(database: Database, plan: Plan, after: AuditPlace | null, window: number): Promise<number | null> {
  const driving = plan.conditions.filter((condition) => condition.startsWith('e.at ') || condition.startsWith(drivenBy[plan.index] ?? 'e.at '))
  const rows = await select(database, `SELECT e.at AS at FROM ${entriesBy(database, plan.index)} WHERE ${allOf([...driving, ...(after === null ? [] : ['e.at <= :afterAt'])])}
    ORDER BY e.at DESC LIMIT 1 OFFSET ${window}`, { ...plan.parameters, ...afterParameters(after) })
  return Floor.parse(rows)[0]?.at ?? null
}

const drivenBy: Readonly<Record<string, string>> = { ix_audit_entries_subject: 'e.subject_id ', ix_audit_entries_actor: 'e.actor_id ' }

/** An entry that was tampered with must not hide the others of its page. */
function readDetails(text: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    return { unreadable: true }
  }
}

const optional = z.string().nullable()
const EntryRows = z.array(z.object({
  id: z.string(), at: z.coerce.number(), actorKind: z.enum(['staff', 'system', 'operator', 'anonymous']), actorId: optional, action: z.string(), operation: optional,
  subjectKind: optional, subjectId: optional, outcome: z.enum(['allowed', 'refused', 'done', 'failed']), requestId: optional,
  details: z.string().transform(readDetails),
  place: z.union([z.null(), z.coerce.number()]),
}))

async function read(database: Database, plan: Plan, after: AuditPlace | null, floor: number | null, limit: number): Promise<FoundEntry[]> {
  const position = after === null ? [] : ['e.at <= :afterAt', '(e.at < :afterAt OR e.id < :afterId)']
  const rows = await select(database, `SELECT e.id AS id, e.at AS at, e.actor_kind AS actorKind, e.actor_id AS actorId, e.action AS action, e.operation AS operation,
      e.subject_kind AS subjectKind, e.subject_id AS subjectId, e.outcome AS outcome, e.request_id AS requestId, e.details AS details, link.seq AS place
    FROM ${entriesBy(database, plan.index)} LEFT JOIN audit_chain link ON link.entry_id = e.id
    WHERE ${allOf([...plan.conditions, ...position, ...(floor === null ? [] : ['e.at >= :floor'])])}
    ORDER BY e.at DESC, e.id DESC LIMIT ${limit}`, { ...plan.parameters, ...afterParameters(after), floor })
  return EntryRows.parse(rows)
}

const allOf = (conditions: readonly string[]) => (conditions.length === 0 ? '1 = 1' : conditions.join(' AND '))
const afterParameters = (after: AuditPlace | null) => (after === null ? {} : { afterAt: after.at, afterId: after.id })

/** The index is named, because both databases otherwise prefer to sort 10⁶ entries for some of these questions. */
function entriesBy(database: Database, index: string): string {
  return database.kind === 'sqlite' ? `audit_entries e INDEXED BY ${index}` : `audit_entries e FORCE INDEX (${index})`
}

/** Runs with `:name` places on either database; places that the statement does not name are left out. */
async function select(database: Database, sql: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
  const [text, values] = database.source.driver.escapeQueryWithParameters(sql, { ...parameters })
  return database.db.query(text, values)
}
