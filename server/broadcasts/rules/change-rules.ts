import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { ProjectError } from '../../errors.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { broadcastRules, type BroadcastRulesRow } from './rules.entity.ts'
import { flawsOf, readRules, type BroadcastRules } from './rules.ts'

const conflict = () => new ProjectError('broadcast.version_conflict', 409)

/** Replaces the draft as its editor saw it. Throws `broadcast.rules_flawed`, `broadcast.version_conflict`, `access.denied`. */
export async function editRules({ database, access, audit }: BroadcastOptions, staffId: string, wanted: { readonly version: number, readonly rules: BroadcastRules }): Promise<number> {
  const flaws = flawsOf(wanted.rules)
  if (flaws.length > 0) throw new ProjectError('broadcast.rules_flawed', 400, { places: flaws })
  return database.transaction(async (work) => {
    (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.edit')
    const version = await write(work, { id: 'draft', document: wanted.rules, updatedAt: access.clock.now(), updatedBy: staffId }, wanted.version)
    await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'quota.rules-edited', operation: 'marketing.strategy.edit', outcome: 'done', details: { version, quotas: wanted.rules.quotas.length } })
    return version
  })
}

/** Puts the draft as it was seen in force. Throws `broadcast.version_conflict`, `access.denied`. */
export async function publishRules({ database, access, audit }: BroadcastOptions, staffId: string, draftVersion: number): Promise<number> {
  return database.transaction(async (work) => {
    (await access.actorFor(staffId, work.db)).requireSystem('marketing.strategy.operate')
    const draft = await readRules(work.db, 'draft')
    const taken = await work.db.getRepository(broadcastRules).delete({ id: 'draft', version: draftVersion })
    if (draft === null || taken.affected !== 1) throw conflict()
    const active = await readRules(work.db, 'active')
    const version = await write(work, { id: 'active', document: draft.document, updatedAt: access.clock.now(), updatedBy: staffId }, active?.version ?? 0)
    await audit.record(work.db, {
      actorKind: 'staff', actorId: staffId, action: 'quota.rules-published', operation: 'marketing.strategy.operate', outcome: 'done',
      details: { version, quotas: draft.document.quotas.length, messages: draft.document.frequency.messages, days: draft.document.frequency.days, editor: draft.updatedBy },
    })
    return version
  })
}

/** Writes where the version is still the one that was seen; 0: there is no row yet. */
async function write(work: UnitOfWork, row: Omit<BroadcastRulesRow, 'version'>, seen: number): Promise<number> {
  const table = work.db.getRepository(broadcastRules)
  const next = { ...row, version: seen + 1 }
  if (seen > 0) {
    if ((await table.update({ id: row.id, version: seen }, next)).affected !== 1) throw conflict()
    return next.version
  }
  try {
    await table.insert(next)
  } catch (error) {
    throw isUniqueViolation(error) ? conflict() : error
  }
  return next.version
}
