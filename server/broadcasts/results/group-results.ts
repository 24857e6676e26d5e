import { In, type EntityManager } from 'typeorm'
import type { ResultGrouping } from '#shared/broadcast-words'
import type { ResultRow } from '#shared/contracts/broadcast-results'
import { present } from '../../errors.ts'
import { departments, staff, type Department } from '../../organization/index.ts'
import { templates, templateVersions } from '../../templates/index.ts'
import { broadcasts } from '../broadcast.entity.ts'
import { sumOf, type Cells } from './cells.ts'
import { levels, type Leaf, type Levels } from './read-results.ts'
import { figuresOfGroups, type ResultGroup } from './withhold.ts'

/** A group that can be listed: whose it is, and of whom it is a part. */
export interface NamedGroup extends ResultGroup {
  readonly key: string
  readonly parts: readonly NamedGroup[]
}

export const levelsOf = (by: ResultGrouping): Levels => (by === 'staff' || by === 'store' ? levels.people : levels.broadcasts)

/** Everything that was read, as one group of groups. */
export function groupsOf(leaves: readonly Leaf[], majorOf: (leaf: Leaf) => string): NamedGroup {
  const byMajor = new Map<string, Map<string, Leaf[]>>()
  for (const leaf of leaves) {
    const major = majorOf(leaf)
    const minors = byMajor.get(major) ?? new Map<string, Leaf[]>()
    byMajor.set(major, minors.set(leaf.minor, [...minors.get(leaf.minor) ?? [], leaf]))
  }
  const group = (key: string, parts: readonly NamedGroup[], of: readonly Pick<Leaf, 'counts' | 'hidden'>[]): NamedGroup =>
    ({ key, parts, counts: sumOf(of.map((one) => one.counts)), hidden: sumOf(of.map((one) => one.hidden)) })
  const majors = [...byMajor].map(([key, minors]) => {
    const parts = [...minors].map(([minor, same]) => group(minor, [], same))
    return group(key, parts, parts)
  })
  return group('', majors, majors)
}

interface Listed {
  readonly group: NamedGroup
  readonly figures: Cells
  /** Key of the group that holds it. */
  readonly major: string
}

/** The groups of one way of telling apart, those with the most that were sent first, withheld ones last: their order says nothing. */
export function listGroups(root: NamedGroup, by: ResultGrouping): { readonly total: Cells, readonly listed: readonly Listed[] } {
  const figures = figuresOfGroups(root)
  const cellsOf = (group: ResultGroup): Cells => present(figures.get(group), 'the figures of a group')
  const wanted = by === 'store' || by === 'template' ? root.parts.map((group) => ({ group, major: group.key })) : root.parts.flatMap((major) => major.parts.map((group) => ({ group, major: major.key })))
  const listed = wanted.map(({ group, major }) => ({ group, major, figures: cellsOf(group) }))
  const sent = ({ figures: { sent: figure } }: Listed) => ('value' in figure ? figure.value : -1)
  return { total: cellsOf(root), listed: listed.sort((one, other) => sent(other) - sent(one) || (one.group.key < other.group.key ? -1 : 1)) }
}

/** The nearest store at or above; without one, the department itself. */
export function storeAbove(all: ReadonlyMap<number, Department>, departmentId: string | null): string {
  const path = departmentId === null ? [] : (all.get(Number(departmentId))?.path ?? '').split('/').filter((step) => step !== '').map(Number)
  return String(path.findLast((id) => all.get(id)?.kind === 'store') ?? departmentId ?? '')
}

export async function readDepartments(db: EntityManager): Promise<Map<number, Department>> {
  return new Map((await db.getRepository(departments).find()).map((one) => [one.id, one]))
}

/** The rows of an answer, with names. */
export async function presentGroups(db: EntityManager, by: ResultGrouping, listed: readonly Listed[], tree: ReadonlyMap<number, Department>): Promise<ResultRow[]> {
  const keys = listed.map((one) => one.group.key)
  const row = ({ figures }: Listed, id: string, name: string | null, of: string | null): ResultRow => ({ id, name, of, figures })
  if (by === 'store') return listed.map((one) => row(one, one.group.key, tree.get(Number(one.group.key))?.name ?? null, null))
  if (by === 'staff') {
    const people = new Map((keys.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In(keys) })).map((person) => [person.id, person]))
    return listed.map((one) => row(one, people.get(one.group.key)?.userid ?? '', people.get(one.group.key)?.name ?? null, tree.get(Number(one.major))?.name ?? null))
  }
  const names = await templateNames(db, listed.map((one) => one.major))
  if (by === 'template') return listed.map((one) => row(one, one.group.key, names.get(one.group.key) ?? null, null))
  const found = new Map((keys.length === 0 ? [] : await db.getRepository(broadcasts).find({ select: { id: true, name: true }, where: { id: In(keys) } })).map((one) => [one.id, one.name]))
  return listed.map((one) => row(one, one.group.key, found.get(one.group.key) ?? null, names.get(one.major) ?? null))
}

async function templateNames(db: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(templates).findBy({ id: In([...new Set(ids)]) })
  const versionIds = rows.map((row) => row.liveVersionId ?? row.currentVersionId)
  const versions = new Map((versionIds.length === 0 ? [] : await db.getRepository(templateVersions).find({ select: { id: true, name: true }, where: { id: In(versionIds) } })).map((one) => [one.id, one.name]))
  return new Map(rows.map((row) => [row.id, versions.get(row.liveVersionId ?? row.currentVersionId) ?? '']))
}
