import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { PolicyDocument } from '#shared/contracts/policy-document'
import type { Access } from '../access/index.ts'
import type { Database } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { Invariant, ProjectError } from '../errors.ts'
import { contentHashOf } from './document.ts'
import { loadText, saveText } from './document-text.ts'
import { readLivePolicy, type LivePolicy } from './live-document.ts'
import { policyVersions, type PolicyVersionRow } from './policy.entity.ts'

export interface VersionOptions {
  readonly database: Database
  readonly access: Pick<Access, 'readEpoch' | 'clock'>
}

/** The version in force and the rules as they are. */
export interface CurrentPolicy extends LivePolicy {
  readonly version: PolicyVersionRow
}

const attempts = 20

/**
 * The version that describes the rules in force. The first one is written from the tables when versions begin; when the tables
 * were changed outside (an upgrade that brings a role, a repair by hand), their state becomes a version as well, so that a draft
 * never takes back what it did not know of.
 */
export async function currentPolicy({ database, access }: VersionOptions, within?: EntityManager): Promise<CurrentPolicy> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const db = within ?? database.db
    const epoch = await access.readEpoch(db)
    const live = await readLivePolicy(db)
    const latest = await latestVersion(db)
    // Several statements on a database where others commit: the epoch says whether they belong together.
    if (await access.readEpoch(db) !== epoch) continue
    const contentHash = contentHashOf(live.document)
    if (latest?.contentHash === contentHash) return { ...live, version: latest }
    const found = { kind: latest === null ? 'first' : 'found', note: '', createdBy: null, approvedBy: null, restores: null } as const
    const add = (manager: EntityManager) => insertVersion(manager, (latest?.number ?? 0) + 1, live.document, { ...found, now: access.clock.now() })
    const added = within === undefined ? await database.transaction((work) => add(work.db)) : await add(within)
    if (added !== null) return { ...live, version: added }
  }
  throw new Invariant('the rules changed too often to be read')
}

export interface NewVersion {
  readonly kind: PolicyVersionRow['kind']
  readonly restores: number | null
  readonly note: string
  readonly createdBy: string | null
  readonly approvedBy: string | null
  readonly now: number
}

/** Adds the version after `base` in the caller's transaction. Throws `policy.base_changed` when somebody else just did. */
export async function addVersion(db: EntityManager, base: number, document: PolicyDocument, version: NewVersion): Promise<PolicyVersionRow> {
  const added = await insertVersion(db, base + 1, document, version)
  if (added === null) throw new ProjectError('policy.base_changed', 409)
  return added
}

/** Null: the number is taken. */
async function insertVersion(db: EntityManager, number: number, document: PolicyDocument, { now, ...version }: NewVersion): Promise<PolicyVersionRow | null> {
  const row: PolicyVersionRow = { number, id: uuid(), contentHash: contentHashOf(document), createdAt: now, ...version }
  try {
    await db.getRepository(policyVersions).insert(row)
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
  await saveText(db, row.id, JSON.stringify(document))
  return row
}

async function latestVersion(db: EntityManager): Promise<PolicyVersionRow | null> {
  const [latest] = await db.getRepository(policyVersions).find({ order: { number: 'DESC' }, take: 1 })
  return latest ?? null
}

/** Throws `policy.version_not_found`. */
export async function findVersion(db: EntityManager, number: number): Promise<PolicyVersionRow> {
  const row = await db.getRepository(policyVersions).findOneBy({ number })
  if (row === null) throw new ProjectError('policy.version_not_found', 404)
  return row
}

/** The document of a version as it was published. */
export async function documentOf(db: EntityManager, version: PolicyVersionRow): Promise<PolicyDocument> {
  return PolicyDocument.parse(JSON.parse(await loadText(db, version.id) ?? 'null'))
}

/** The newest earlier version with exactly this content, if the content is not that of `base` itself: publishing it is a rollback. */
export async function restoredBy(db: EntityManager, contentHash: string, base: number): Promise<number | null> {
  const same = await db.getRepository(policyVersions).find({ where: { contentHash }, order: { number: 'DESC' } })
  return same.some((row) => row.number === base) ? null : same[0]?.number ?? null
}
