import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { GrantSubject, Restriction, RoleGrant, stable } from '#shared/access/index'
import { PolicyLimit, PolicyTemplateRule, type PolicyDocument, type PolicyNodeGrant, type PolicyRestriction, type PolicyRole } from '#shared/contracts/policy-document'
import { nodeGrants, restrictions, roleLimits, roles, selectNamed, staffRoles, templateRules } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { defaultSettings, inOrder } from './document.ts'
import { policySettings } from './policy.entity.ts'

/** The rules in force as one document, and the rows that no document can hold because they cannot be read. */
export interface LivePolicy {
  readonly document: PolicyDocument
  readonly unreadable: readonly { readonly kind: 'role' | 'rule' | 'restriction' | 'node' | 'limit', readonly id: string }[]
}

const RoleRow = z.object({ roleKey: z.string(), label: z.string(), grants: z.unknown() })
const RestrictionRow = z.object({ id: z.string(), definition: z.unknown() })
const NodeRow = z.object({ id: z.string(), nodeKey: z.string(), subject: z.unknown(), definition: z.unknown(), keepsOpen: z.unknown() })

function fromJson(stored: unknown): unknown {
  if (typeof stored !== 'string') return stored
  try {
    return JSON.parse(stored)
  } catch {
    return undefined
  }
}

/** Reads the tables that decide. Several statements: hand in a transaction, or look at the epoch before and after. */
export async function readLivePolicy(db: EntityManager): Promise<LivePolicy> {
  const unreadable: LivePolicy['unreadable'][number][] = []
  const rows = async <T>(schema: z.ZodType<T>, sql: string): Promise<T[]> => z.array(schema).parse(await selectNamed(db, sql, {}))
  const roleRows = await rows(RoleRow, 'SELECT role_key AS roleKey, label, grants FROM roles')
  const found: PolicyRole[] = roleRows.map(({ roleKey, label, grants }) => {
    const parsed = z.array(RoleGrant).safeParse(fromJson(grants))
    if (!parsed.success) unreadable.push({ kind: 'role', id: roleKey })
    // A role that cannot be read gives nothing: that is what the document says of it.
    return { roleKey, label, grants: parsed.success ? parsed.data : [] }
  })
  const denials = (await rows(RestrictionRow, 'SELECT id, definition FROM restrictions WHERE ended_at IS NULL')).flatMap(({ id, definition }): PolicyRestriction[] => {
    const parsed = Restriction.safeParse(fromJson(definition))
    if (!parsed.success) unreadable.push({ kind: 'restriction', id })
    return parsed.success ? [{ id, definition: parsed.data }] : []
  })
  const nodes = (await rows(NodeRow, 'SELECT id, node_key AS nodeKey, subject, definition, keeps_open AS keepsOpen FROM node_grants WHERE ended_at IS NULL')).flatMap((row): PolicyNodeGrant[] => {
    const [subject, grant] = [GrantSubject.safeParse(fromJson(row.subject)), RoleGrant.safeParse(fromJson(row.definition))]
    if (subject.success && grant.success) return [{ id: row.id, nodeKey: row.nodeKey, subject: subject.data, grant: grant.data, keepsOpen: Number(row.keepsOpen) === 1 }]
    unreadable.push({ kind: 'node', id: row.id })
    return []
  })
  const rules = (await db.getRepository(templateRules).find()).flatMap((row) => {
    const parsed = PolicyTemplateRule.safeParse(row)
    if (!parsed.success) unreadable.push({ kind: 'rule', id: row.id })
    return parsed.success ? [parsed.data] : []
  })
  const limits = (await db.getRepository(roleLimits).find()).flatMap((row) => {
    const parsed = PolicyLimit.safeParse(row)
    if (!parsed.success) unreadable.push({ kind: 'limit', id: row.roleKey })
    return parsed.success ? [parsed.data] : []
  })
  const numbers = new Map((await db.getRepository(policySettings).find()).map((row) => [row.name, row.value]))
  const settings = {
    temporaryGrantDays: Math.min(defaultSettings.temporaryGrantDays, Math.max(1, numbers.get('temporaryGrantDays') ?? defaultSettings.temporaryGrantDays)),
    shareDays: Math.min(defaultSettings.shareDays, Math.max(1, numbers.get('shareDays') ?? defaultSettings.shareDays)),
  }
  return { document: inOrder({ roles: found, templateRules: rules, restrictions: denials, nodeGrants: nodes, limits, settings }), unreadable }
}

/**
 * Makes the tables that decide say what the document says. Restrictions and node grants that are not in it are ended, not
 * deleted; those that cannot be read stay as they are, so that nothing is lifted by accident. The caller raises the epoch.
 */
export async function writeLivePolicy(work: UnitOfWork, document: PolicyDocument, now: number): Promise<void> {
  const before = await readLivePolicy(work.db)
  await writeRoles(work.db, before, document, now)
  await writeRules(work.db, document)
  await writeRestrictions(work.db, before.document.restrictions, document.restrictions, now)
  await writeNodeGrants(work.db, before.document.nodeGrants, document.nodeGrants, now)
  await writeNumbers(work.db, document)
}

async function writeRoles(db: EntityManager, before: LivePolicy, document: PolicyDocument, now: number): Promise<void> {
  const table = db.getRepository(roles)
  const stored = new Map((await table.find({ select: { roleKey: true, label: true, version: true } })).map((row) => [row.roleKey, row]))
  const broken = new Set(before.unreadable.flatMap(({ kind, id }) => (kind === 'role' ? [id] : [])))
  const former = new Map(before.document.roles.filter((role) => !broken.has(role.roleKey)).map((role) => [role.roleKey, stable(role)]))
  for (const role of document.roles) {
    const { roleKey, label, grants } = role
    const row = stored.get(roleKey)
    if (row === undefined) await table.insert({ roleKey, label, grants, version: 1, updatedAt: now })
    else if (former.get(roleKey) !== stable(role)) await table.update({ roleKey }, { label, grants, version: row.version + 1, updatedAt: now })
  }
  const kept = new Set(document.roles.map((role) => role.roleKey))
  for (const roleKey of stored.keys()) {
    if (kept.has(roleKey)) continue
    await table.delete({ roleKey })
    // Only people who have left can hold it still; a later role with this key must not come to them.
    await db.getRepository(staffRoles).delete({ roleKey })
  }
}

async function writeRules(db: EntityManager, document: PolicyDocument): Promise<void> {
  const table = db.getRepository(templateRules)
  const stored = new Map((await table.find()).map((row) => [row.id, stable(row)]))
  for (const rule of document.templateRules) {
    if (!stored.has(rule.id)) await table.insert(rule)
    else if (stored.get(rule.id) !== stable(rule)) await table.update({ id: rule.id }, rule)
    stored.delete(rule.id)
  }
  for (const id of stored.keys()) await table.delete({ id })
}

async function writeRestrictions(db: EntityManager, before: readonly PolicyRestriction[], after: readonly PolicyRestriction[], now: number): Promise<void> {
  const table = db.getRepository(restrictions)
  const former = new Map(before.map((one) => [one.id, stable(one)]))
  for (const one of after) {
    if (former.get(one.id) === stable(one)) continue
    const written = await table.update({ id: one.id }, { definition: one.definition, endedAt: null })
    if (written.affected === 0) await table.insert({ id: one.id, definition: one.definition, createdAt: now, endedAt: null })
  }
  const kept = new Set(after.map((one) => one.id))
  for (const { id } of before) {
    if (!kept.has(id)) await table.update({ id }, { endedAt: now })
  }
}

async function writeNodeGrants(db: EntityManager, before: readonly PolicyNodeGrant[], after: readonly PolicyNodeGrant[], now: number): Promise<void> {
  const table = db.getRepository(nodeGrants)
  const former = new Map(before.map((one) => [one.id, stable(one)]))
  for (const one of after) {
    if (former.get(one.id) === stable(one)) continue
    const row = { nodeKey: one.nodeKey, subject: one.subject, definition: one.grant, keepsOpen: one.keepsOpen, endedAt: null }
    const written = await table.update({ id: one.id }, row)
    if (written.affected === 0) await table.insert({ id: one.id, ...row, createdAt: now })
  }
  const kept = new Set(after.map((one) => one.id))
  for (const { id } of before) {
    if (!kept.has(id)) await table.update({ id }, { endedAt: now })
  }
}

async function writeNumbers(db: EntityManager, document: PolicyDocument): Promise<void> {
  const limits = db.getRepository(roleLimits)
  await limits.createQueryBuilder().delete().execute()
  for (const limit of document.limits) await limits.insert(limit)
  const settings = db.getRepository(policySettings)
  await settings.createQueryBuilder().delete().execute()
  for (const [name, value] of Object.entries(document.settings)) await settings.insert({ name, value })
}
