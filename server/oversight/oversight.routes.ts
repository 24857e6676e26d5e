import { In } from 'typeorm'
import type { z } from 'zod'
import { AuditDetail, readAuditState as readAuditStateContract, searchAudit } from '#shared/contracts/audit'
import { readAuditState, searchEntries, type Audit, type AuditSearch, type FoundEntry } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff, type Staff } from '../organization/index.ts'

export interface OversightRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly cursors: Cursors
  /** Our id of a customer, whoever asks: an auditor sees no customers, only what was done with them. */
  readonly customerIdOf: (externalUserId: string) => Promise<string | null>
}

/** What the audit's readers get. Looking into the audit leaves a trace of its own. */
export function oversightRoutes(options: OversightRoutes): Route[] {
  return [searchRoute(options), stateRoute(options)]
}

type Filter = Omit<z.output<(typeof searchAudit)['query']>, 'cursor' | 'limit'>

function searchRoute(options: OversightRoutes): Route {
  const { database, audit, cursors } = options
  return route(searchAudit, async ({ query }, { actor, requestId }) => {
    actor.requireSystem('system.audit.view')
    const { cursor, limit, ...filter } = query
    const list = { audit: filter }
    const after = cursors.read(actor.staffId, list, cursor)
    const search = await searchOf(options, filter)
    // Once for each search: its further pages are the same question.
    if (cursor === undefined) {
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'audit.searched', operation: 'system.audit.view', subjectKind: search.subjectKind ?? null, subjectId: ourId(search.subjectId),
        outcome: 'allowed', details: traceOf(filter, search), requestId,
      })
    }
    const { entries, next } = await searchEntries(database, search, after, limit)
    const people = await peopleIn(database, entries)
    return {
      items: entries.map((entry) => presentEntry(entry, people)),
      nextCursor: next === null ? null : cursors.write(actor.staffId, list, next),
    }
  })
}

function stateRoute({ database }: OversightRoutes): Route {
  return route(readAuditStateContract, async (_input, { actor }) => {
    actor.requireSystem('system.audit.view')
    const { head, unsealed, verification, anchor } = await readAuditState(database)
    return {
      head: head === null ? null : { place: head.seq, hash: head.hash, sealedAt: head.sealedAt },
      unsealed,
      verification: verification === null ? null : {
        finishedAt: verification.finishedAt, checked: verification.checked,
        broken: verification.brokenWhy === null ? null : { place: verification.brokenSeq, entryId: verification.brokenEntryId, why: verification.brokenWhy },
      },
      anchor: anchor === null ? null : { day: anchor.day, place: anchor.seq, hash: anchor.hash },
    }
  })
}

/** An id that belongs to nobody: a search for a customer whom nobody knows finds nothing, like one for a customer without entries. */
const nobody = 'nobody'

async function searchOf(options: OversightRoutes, filter: Filter): Promise<AuditSearch> {
  const { from, until, action, operation, outcome, actorKind, request, subject } = filter
  const rest = { from, until, action, operation, outcome, actorKind, requestId: request }
  const actorId = filter.actor === undefined ? undefined : await staffIdOf(options.database, filter.actor)
  if (filter.customer !== undefined) return { ...rest, actorId, subjectKind: 'customer', subjectId: await options.customerIdOf(filter.customer) ?? nobody }
  if (filter.staff !== undefined) return { ...rest, actorId, subjectKind: 'staff', subjectId: await staffIdOf(options.database, filter.staff) }
  return { ...rest, actorId, subjectId: subject }
}

async function staffIdOf({ db }: Database, userid: string): Promise<string> {
  const person = await db.findOneBy(staff, { userid: userid.toLowerCase() })
  if (person === null) throw new ProjectError('staff.not_found', 404)
  return person.id
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Only ids of ours may stand in an entry: whatever else somebody searches for may be a number of a person. */
const ourId = (id: string | undefined): string | null => (id !== undefined && uuidForm.test(id) ? id : null)

/** By what was searched: names of filters, and those values that cannot be personal. */
function traceOf(filter: Filter, search: AuditSearch): Record<string, string | number | string[]> {
  const { from, until, action, operation, outcome } = search
  const given = Object.entries({ from, until, action, operation, outcome, actorId: search.actorId }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { filters: Object.keys(filter).sort(), ...Object.fromEntries(given) }
}

async function peopleIn({ db }: Database, entries: readonly FoundEntry[]): Promise<Map<string, Staff>> {
  const ids = new Set(entries.flatMap((entry) => [...(entry.actorKind === 'staff' ? [entry.actorId] : []), ...(entry.subjectKind === 'staff' ? [entry.subjectId] : [])]))
  const wanted = [...ids].filter((id) => id !== null)
  return new Map((wanted.length === 0 ? [] : await db.findBy(staff, { id: In(wanted) })).map((person) => [person.id, person]))
}

function presentEntry(entry: FoundEntry, people: ReadonlyMap<string, Staff>) {
  const named = (id: string | null) => {
    const person = id === null ? undefined : people.get(id)
    return { userid: person?.wecomUserid ?? null, name: person?.name ?? null }
  }
  return {
    id: entry.id, at: entry.at, place: entry.place, action: entry.action, operation: entry.operation, outcome: entry.outcome, requestId: entry.requestId,
    actor: { kind: entry.actorKind, id: entry.actorId, ...named(entry.actorId) },
    subject: entry.subjectKind === null && entry.subjectId === null ? null : { kind: entry.subjectKind, id: entry.subjectId, ...named(entry.subjectId) },
    details: Object.fromEntries(Object.entries(entry.details).flatMap(([name, value]) => {
      const detail = AuditDetail.safeParse(value)
      return detail.success ? [[name, detail.data]] : []
    })),
  }
}
