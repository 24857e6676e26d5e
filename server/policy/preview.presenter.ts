import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { maskNumbers } from '#shared/access/index'
import type { PolicyPreview, PreviewEffect } from '#shared/contracts/policy'
import { isFew, loadFacts, selectNamed, staffRoles, type ActorAccess, type Effect } from '../access/index.ts'
import { departments, staffDepartments } from '../organization/index.ts'
import { findDraft } from './drafts.ts'
import { namesOf } from './policy.presenter.ts'
import type { PolicyPreviewRow } from './policy.entity.ts'
import type { PolicyOptions } from './policy-options.ts'
import { isStuck, storedPreview, type StoredPreview } from './previews.ts'
import { currentPolicy } from './versions.ts'

const FailedTests = z.array(z.object({ name: z.string(), detail: z.string() }))

/** A preview as this reader may see it: customers by name only where he sees them, small counts only where he sees them all. */
export async function presentPreview(options: PolicyOptions, actor: ActorAccess, row: PolicyPreviewRow): Promise<PolicyPreview> {
  const { db } = options.database
  const draft = await findDraft(db, row.draftId)
  const { version } = await currentPolicy(options)
  const stored = row.state === 'done' ? await storedPreview(db, row) : null
  return {
    id: row.id, draftId: row.draftId, contentHash: row.contentHash, baseNumber: row.baseNumber, startedAt: row.startedAt, finishedAt: row.finishedAt,
    state: isStuck(row, options.access.clock.now()) ? 'failed' : row.state,
    progress: row.progress,
    current: draft.contentHash === row.contentHash && version.number === row.baseNumber,
    result: stored === null ? null : await presentResult(db, actor, stored, await labelsOf(options)),
    failedTests: FailedTests.catch([]).parse(row.failedTests),
  }
}

async function labelsOf(options: PolicyOptions): Promise<ReadonlyMap<string, string>> {
  return new Map((await currentPolicy(options)).document.roles.map((role) => [role.roleKey, role.label]))
}

async function presentResult(db: EntityManager, actor: ActorAccess, stored: StoredPreview, labels: ReadonlyMap<string, string>): Promise<PolicyPreview['result']> {
  const staffIds = stored.people.map((one) => one.staffId)
  const names = await namesOf(db, [...staffIds, ...stored.roleChanges.map((one) => one.staffId)])
  const customers = await visibleCustomers(db, actor, stored.people.flatMap((one) => one.effects.flatMap((effect) => [...effect.gainedExamples, ...effect.lostExamples])))
  const places = await placesOf(db, staffIds)
  const held = await rolesOf(db, staffIds, labels)
  const { customers: customerCount, staff, staffGaining, staffLosing, totals, peopleLeftOut, roleChangesLeftOut } = stored
  return {
    nobodyGains: staffGaining === 0, nobodyLoses: staffLosing === 0,
    customers: customerCount, staff, staffGaining, staffLosing, totals, peopleLeftOut, roleChangesLeftOut,
    people: stored.people.flatMap(({ staffId, effects }) => {
      const person = names.get(staffId)
      return person === undefined ? [] : [{
        userid: person.userid, name: person.name, departments: places.get(staffId) ?? [], roles: held.get(staffId) ?? [], effects: effects.map((effect) => presentEffect(effect, customers)),
      }]
    }),
    roleChanges: stored.roleChanges.flatMap(({ staffId, from, to }) => {
      const person = names.get(staffId)
      return person === undefined ? [] : [{ userid: person.userid, name: person.name, from: from === null ? null : labels.get(from) ?? from, to: labels.get(to) ?? to }]
    }),
  }
}

interface Shown {
  readonly externalUserId: string
  readonly name: string
}

function presentEffect({ what, over, gained, lost, ...effect }: Effect, customers: ReadonlyMap<string, Shown>): PreviewEffect {
  const examples = (ids: readonly string[]) => ids.flatMap((id) => customers.get(id) ?? [])
  const count = (amount: number, shown: readonly Shown[]) => (isFew(over, amount) && shown.length < amount ? null : amount)
  const [gainedExamples, lostExamples] = [examples(effect.gainedExamples), examples(effect.lostExamples)]
  return { what, over, gained: count(gained, gainedExamples), lost: count(lost, lostExamples), gainedExamples, lostExamples }
}

const mostShown = 500
const Row = z.object({ id: z.string(), externalUserId: z.string(), name: z.string() })

/** Those of these customers whose name this reader sees at this moment: by the filter, and decided once more in memory. */
async function visibleCustomers(db: EntityManager, actor: ActorAccess, ids: readonly string[]): Promise<Map<string, Shown>> {
  const wanted = [...new Set(ids)].slice(0, mostShown)
  const shown = new Map<string, Shown>()
  const filter = actor.rowFilter('customer.profile.view')
  if (wanted.length === 0 || filter.isNothing) return shown
  const rows = z.array(Row).parse(await selectNamed(db,
    `SELECT customers.id AS id, customers.external_user_id AS externalUserId, customers.name AS name FROM customers WHERE customers.id IN (:...wanted) AND ${filter.sql}`, { ...filter.parameters, wanted }))
  const facts = await loadFacts(db, rows.map((row) => row.id))
  for (const row of rows) {
    const known = facts.get(row.id)
    if (known === undefined || !actor.decideFor('customer.profile.view', known).allowed) continue
    const see = actor.fieldsFor(known)
    if (see.presentation('name') === 'clear') shown.set(row.id, { externalUserId: row.externalUserId, name: see.presentation('mobile') === 'clear' ? row.name : maskNumbers(row.name) })
  }
  return shown
}

async function placesOf(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, string[]>> {
  const names = new Map((await db.getRepository(departments).find({ select: { id: true, name: true } })).map((row) => [row.id, row.name]))
  const rows = staffIds.length === 0 ? [] : await db.getRepository(staffDepartments).findBy({ staffId: In([...staffIds]) })
  return collect(rows.map((row) => [row.staffId, names.get(row.departmentId) ?? String(row.departmentId)]))
}

async function rolesOf(db: EntityManager, staffIds: readonly string[], labels: ReadonlyMap<string, string>): Promise<Map<string, string[]>> {
  const rows = staffIds.length === 0 ? [] : await db.getRepository(staffRoles).findBy({ staffId: In([...staffIds]) })
  return collect(rows.map((row) => [row.staffId, labels.get(row.roleKey) ?? row.roleKey]))
}

function collect(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [key, value] of pairs) lists.set(key, [...lists.get(key) ?? [], value])
  return lists
}
