import { In, IsNull, type EntityManager } from 'typeorm'
import type { Access, MovedDepartment } from '../access/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import type { WecomClient, WecomStaff } from '../wecom/index.ts'
import { kindByName, treeOf, type TreeNode } from './department-tree.ts'
import { moveInLists } from './keep-lists.ts'
import { departments, staff, type Department, type Staff } from './organization.entity.ts'
import { readMissing, type DirectorySnapshot } from './read-directory.ts'
import type { StaffWriter } from './write-staff.ts'

export interface DirectoryOptions {
  readonly database: Database
  readonly access: Access
  readonly clock: () => number
  readonly writer: StaffWriter
  /** Asked once more about everybody whom the reading did not show. */
  readonly wecom: Pick<WecomClient, 'getStaff'>
}

export interface DirectoryOutcome {
  readonly departments: number
  readonly staff: number
  readonly gone: number
}

const batch = 100

/**
 * Brings our tables to what WeCom shows. Departments change in one transaction, people in batches;
 * each batch is complete in itself, so a crash in between only leaves the rest for the next run.
 * `first` is the very first reading of a company: there is nobody yet who could approve anything.
 */
export async function applyDirectory(options: DirectoryOptions, snapshot: DirectorySnapshot, first: boolean): Promise<DirectoryOutcome> {
  const tree = treeOf(snapshot.departments)
  await options.database.transaction((work) => applyDepartments(options, work, tree))
  for (let from = 0; from < snapshot.staff.length; from += batch) {
    const people = snapshot.staff.slice(from, from + batch)
    await options.database.transaction(async (work) => {
      for (const person of people) await options.writer.put(work, person, first ? 'first' : undefined)
    })
  }
  const gone = await applyGone(options, snapshot.staff)
  return { departments: tree.length, staff: snapshot.staff.length, gone }
}

async function applyDepartments(options: DirectoryOptions, work: UnitOfWork, tree: readonly TreeNode[]): Promise<void> {
  const now = options.clock()
  const table = work.db.getRepository(departments)
  const known = new Map((await table.find()).map((row) => [row.id, row]))
  let changed = false
  const moved: MovedDepartment[] = []
  for (const node of tree) {
    const row = known.get(node.id)
    if (row !== undefined && same(row, node)) continue
    changed = true
    if (row?.path !== node.path) moved.push({ id: node.id, path: node.path, isNew: row === undefined })
    await table.save({ ...node, kind: row?.kind ?? kindByName(node.name), updatedAt: now, deletedAt: null })
  }
  const seen = new Set(tree.map((node) => node.id))
  const lost = [...known.values()].filter((row) => row.deletedAt === null && !seen.has(row.id)).map((row) => row.id)
  if (lost.length > 0) {
    changed = true
    await table.update({ id: In(lost) }, { deletedAt: now, updatedAt: now })
  }
  await moveInLists(work, moved)
  if (changed) await options.access.raiseEpoch(work)
}

function same(row: Department, node: TreeNode): boolean {
  return row.name === node.name && row.parentId === node.parentId && row.path === node.path && row.position === node.position && row.deletedAt === null
}

/**
 * Whoever WeCom no longer shows has left or is outside the visible range: access ends at once. That takes his customers and cannot
 * be undone, so WeCom is asked about him by name first: a reading is no picture of one moment.
 */
async function applyGone(options: DirectoryOptions, people: readonly WecomStaff[]): Promise<number> {
  const seen = new Set(people.map((person) => person.userid))
  const missing = (await presentStaff(options.database.db)).filter(({ userid }) => !seen.has(userid))
  let gone = 0
  for (const { userid, wecomUserid } of missing) {
    const shown = await readMissing(options.wecom, wecomUserid)
    await options.database.transaction((work) => (shown === null ? options.writer.remove(work, userid) : options.writer.put(work, shown)))
    if (shown === null) gone += 1
  }
  return gone
}

function presentStaff(db: EntityManager): Promise<Pick<Staff, 'userid' | 'wecomUserid'>[]> {
  return db.getRepository(staff).find({ select: { userid: true, wecomUserid: true }, where: { leftAt: IsNull() } })
}
