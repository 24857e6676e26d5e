import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { directoryChanges, type DirectoryChange, type DirectoryChangeKind } from './organization.entity.ts'

/** Something WeCom's directory would add to a person's rights. */
export interface Wish {
  readonly kind: DirectoryChangeKind
  readonly departmentId: number | null
  readonly roleKey: string | null
}

const keyOf = (staffId: string, wish: Wish): string => `${staffId}:${wish.kind}:${wish.departmentId ?? ''}:${wish.roleKey ?? ''}`

/** Makes exactly these wishes of a person wait: new ones are added, those that WeCom no longer has are withdrawn. True when that changed something. */
export async function keepWaiting(db: EntityManager, staffId: string, wishes: readonly Wish[], now: number): Promise<boolean> {
  const table = db.getRepository(directoryChanges)
  const waiting = await table.findBy({ staffId, status: 'waiting' })
  const wanted = new Map(wishes.map((wish) => [keyOf(staffId, wish), wish]))
  let changed = false
  for (const row of waiting) {
    if (row.waitingKey !== null && wanted.delete(row.waitingKey)) continue
    await table.update({ id: row.id }, { status: 'withdrawn', waitingKey: null, decidedAt: now })
    changed = true
  }
  for (const [waitingKey, wish] of wanted) {
    await table.insert({ id: uuid(), staffId, ...wish, status: 'waiting', waitingKey, createdAt: now, decidedAt: null, decidedBy: null })
    changed = true
  }
  return changed
}

/** What waits for one person, and a digest of exactly that: whoever agrees, agrees to nothing that WeCom adds later. */
export async function waitingOf(db: EntityManager, staffId: string): Promise<{ readonly wishes: readonly DirectoryChange[], readonly digest: string }> {
  const wishes = await db.getRepository(directoryChanges).find({ where: { staffId, status: 'waiting' }, order: { createdAt: 'ASC', id: 'ASC' } })
  const keys = wishes.map((row) => row.waitingKey ?? '').sort()
  return { wishes, digest: createHash('sha256').update(keys.join('\n')).digest('hex') }
}

/** What waits for a decision, oldest first. */
export function listWaiting(db: EntityManager): Promise<DirectoryChange[]> {
  return db.getRepository(directoryChanges).find({ where: { status: 'waiting' }, order: { createdAt: 'ASC', id: 'ASC' } })
}

/** Marks what waits for one person as decided. The caller then writes the person with trust `agreed`. */
export async function markApplied(db: EntityManager, staffId: string, decidedBy: string, now: number): Promise<number> {
  const result = await db.getRepository(directoryChanges).update(
    { staffId, status: 'waiting' },
    { status: 'applied', waitingKey: null, decidedAt: now, decidedBy },
  )
  return result.affected ?? 0
}
