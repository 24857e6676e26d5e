import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { ProjectError } from '../../errors.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { broadcastRules, type BroadcastRulesRow } from './rules.entity.ts'
import { looseningOf } from './loosening.ts'
import { rulesKey, rulesKind, type RulesPayload } from './rules-wish.ts'
import { flawsOf, readRules, rulesInForce, type BroadcastRules } from './rules.ts'

const conflict = () => new ProjectError('broadcast.version_conflict', 409)

/** Replaces the draft as its editor saw it. Throws `broadcast.rules_flawed`, `broadcast.version_conflict`, `access.denied`. */
export async function editRules({ database, access, audit, approvals }: BroadcastOptions, staffId: string, wanted: { readonly version: number, readonly rules: BroadcastRules }): Promise<number> {
  const flaws = flawsOf(wanted.rules)
  if (flaws.length > 0) throw new ProjectError('broadcast.rules_flawed', 400, { places: flaws })
  return database.transaction(async (work) => {
    (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.edit')
    // What waits for a second person is not what somebody wants any more.
    await approvals.withdrawUnder(work, rulesKey)
    const version = await write(work, { id: 'draft', document: wanted.rules, updatedAt: access.clock.now(), updatedBy: staffId }, wanted.version)
    await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'quota.rules-edited', operation: 'marketing.strategy.edit', outcome: 'done', details: { version, quotas: wanted.rules.quotas.length } })
    return version
  })
}

export interface RulesInForce extends RulesPayload {
  readonly by: string
  readonly approvedBy: string | null
}

/** The version that is in force for every reservation from now on; null when those that were to be replaced are not in force any more. */
export async function putRulesInForce({ access, audit }: BroadcastOptions, work: UnitOfWork, { base, rules, editor, draftVersion, by, approvedBy }: RulesInForce): Promise<number | null> {
  const version = await tryWrite(work, { id: 'active', document: rules, updatedAt: access.clock.now(), updatedBy: by }, base)
  if (version === null) return null
  // Whoever wrote on meanwhile keeps what he wrote.
  await work.db.getRepository(broadcastRules).delete({ id: 'draft', version: draftVersion })
  await audit.record(work.db, {
    actorKind: 'staff', actorId: by, action: 'quota.rules-published', operation: 'marketing.strategy.operate', outcome: 'done',
    details: { version, quotas: rules.quotas.length, messages: rules.frequency.messages, days: rules.frequency.days, editor, ...(approvedBy === null ? {} : { approvedBy }) },
  })
  return version
}

/**
 * Puts the draft as it was seen in force; where it gives more than the present rules, a second person is asked. Throws `broadcast.version_conflict`, `access.denied`.
 */
export async function publishRules(options: BroadcastOptions, staffId: string, draftVersion: number): Promise<{ readonly version: number | null, readonly approvalId: string | null }> {
  const { database, access, approvals } = options
  return database.transaction(async (work) => {
    (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.operate')
    const table = work.db.getRepository(broadcastRules)
    const held = await table.update({ id: 'draft', version: draftVersion }, { id: 'draft' })
    const draft = held.affected === 1 ? await readRules(work.db, 'draft') : null
    if (draft === null) throw conflict()
    const payload: RulesPayload = { base: (await readRules(work.db, 'active'))?.version ?? 0, rules: draft.document, editor: draft.updatedBy, draftVersion }
    if (looseningOf(await rulesInForce(work.db), draft.document).length > 0) {
      const request = await approvals.ask(work, { kind: rulesKind, payload, requesterStaffId: staffId, beneficiaryStaffIds: [], departmentId: null, uniqueKey: rulesKey })
      return { version: null, approvalId: request.id }
    }
    const version = await putRulesInForce(options, work, { ...payload, by: staffId, approvedBy: null })
    if (version === null) throw conflict()
    return { version, approvalId: null }
  })
}

async function write(work: UnitOfWork, row: Omit<BroadcastRulesRow, 'version'>, seen: number): Promise<number> {
  const version = await tryWrite(work, row, seen)
  if (version === null) throw conflict()
  return version
}

/** Writes where the version is still the one that was seen (0: there is no row yet); null: it is not. */
async function tryWrite(work: UnitOfWork, row: Omit<BroadcastRulesRow, 'version'>, seen: number): Promise<number | null> {
  const table = work.db.getRepository(broadcastRules)
  const next = { ...row, version: seen + 1 }
  if (seen > 0) {
    return (await table.update({ id: row.id, version: seen }, next)).affected === 1 ? next.version : null
  }
  try {
    await table.insert(next)
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
  return next.version
}
