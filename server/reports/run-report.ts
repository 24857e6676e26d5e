import type { EntityManager } from 'typeorm'
import type { Operation } from '#shared/access/index'
import type { Figure, MeasureName, Report, ReportGroup, ReportLevel } from '#shared/contracts/reports'
import type { ActorAccess } from '../access/index.ts'
import { daysLater, startOfDay } from '../company-day.ts'
import { AccessDenied, ProjectError } from '../errors.ts'
import { smallest } from './crowds.ts'
import type { Group, GroupTree } from './group-tree.ts'
import { loadHierarchy, mayReport, type Hierarchy } from './hierarchy.ts'
import { partFigures } from './part-figures.ts'
import { reportDefinitions, type ReportDefinition } from './report-definitions.ts'
import { periodOf, presentMonth, type ReportPeriod } from './report-period.ts'

export interface ReportQuestion {
  readonly name: string
  readonly period: 'day' | 'month'
  readonly from?: string | undefined
  readonly level?: ReportLevel | undefined
  readonly departmentId?: number | undefined
}

export interface ReportMoment {
  readonly now: number
  readonly zone: string
}

export interface ReportLimits {
  /** More groups than a screen takes, unless said otherwise. */
  readonly mostGroups?: number
  /** Only departments over which this operation is held as well; their figures are the same as on the screen. */
  readonly alsoNeeds?: Operation
}

/** Throws `report.not_found`. */
export function definitionOf(name: string): ReportDefinition {
  const definition = reportDefinitions.find((one) => one.name === name)
  if (definition === undefined) throw new ProjectError('report.not_found', 404)
  return definition
}

/** What a question comes to: which period, which groups of which tree. */
export interface ReportPlan {
  readonly definition: ReportDefinition
  readonly period: ReportPeriod
  readonly hierarchy: Hierarchy
  readonly tree: GroupTree
  readonly asked: Group
  readonly level: ReportLevel
  readonly groups: readonly Group[]
}

/**
 * Throws `report.not_found`, what `periodOf` throws, `report.department_not_found` for a department outside the person's scope
 * as for one that does not exist (S48), `report.level_unavailable`, `report.too_many_groups`; AccessDenied without the operation
 * of `alsoNeeds`.
 */
export async function planReport(db: EntityManager, actor: ActorAccess, question: ReportQuestion, { now, zone }: ReportMoment, { mostGroups = 2_000, alsoNeeds }: ReportLimits = {}): Promise<ReportPlan> {
  const definition = definitionOf(question.name)
  const period = periodOf(question.period, question.from, now, zone)
  const hierarchy = await loadHierarchy(db, actor)
  const tree = hierarchy.treeFor(definition.levels.includes('staff'))
  const asked = askedGroup(tree, question.departmentId)
  if (alsoNeeds !== undefined && !mayReport(actor, alsoNeeds, asked.departmentId)) throw new AccessDenied(alsoNeeds)
  const level = question.level ?? usualLevel(tree, asked, definition)
  if (!definition.levels.includes(level)) throw new ProjectError('report.level_unavailable', 400)
  const groups = groupsAt(tree, asked, level, hierarchy).filter((group) => alsoNeeds === undefined || mayReport(actor, alsoNeeds, group.departmentId))
  if (groups.length > mostGroups) throw new ProjectError('report.too_many_groups', 400, { most: mostGroups })
  return { definition, period, hierarchy, tree, asked, level, groups }
}

/** Computes a report over the customers for whom this person holds `marketing.reports.view`. Throws what `planReport` throws. */
export async function runReport(db: EntityManager, actor: ActorAccess, question: ReportQuestion, moment: ReportMoment, limits: ReportLimits = {}): Promise<Report> {
  const { definition, period, hierarchy, tree, asked, level, groups } = await planReport(db, actor, question, moment, limits)
  const { now, zone } = moment
  const places = [asked.place, ...groups.map((group) => group.place)]
  const month = presentMonth(now, zone)
  const shared = { db, filter: actor.rowFilter('marketing.reports.view'), tree, period, standingBefore: startOfDay(month, zone), places }
  const figures = new Map<number, Partial<Record<MeasureName, Figure>>>(places.map((place) => [place, {}]))
  for (const part of definition.parts) {
    for (const [place, found] of await partFigures(part, shared)) Object.assign(figures.get(place) ?? {}, Object.fromEntries(found))
  }
  const departmentOf = (id: number | null) => (id === null ? null : presentDepartment(hierarchy, id))
  return {
    name: definition.name, measures: [...definition.measures], level, smallest,
    period: { kind: period.kind, from: period.from, to: period.to },
    countedUntil: daysLater(month, -1),
    department: departmentOf(asked.departmentId),
    total: asked.kind === 'scope' && !tree.showsScope ? null : (figures.get(asked.place) ?? null),
    groups: groups.flatMap((group) => presentGroup(hierarchy, group, figures.get(group.place) ?? {})),
  }
}

/** The group that was asked for; else the one department at the top of the scope, else the scope itself. */
function askedGroup(tree: GroupTree, departmentId: number | undefined): Group {
  const [top, second] = tree.tops
  const usual = top !== undefined && second === undefined ? tree.groups[top] : tree.groups[0]
  const asked = departmentId === undefined ? usual : tree.department(departmentId)
  if (asked === undefined) throw new ProjectError('report.department_not_found', 404)
  return asked
}

function usualLevel(tree: GroupTree, asked: Group, { levels }: ReportDefinition): ReportLevel {
  if (asked.children.some((child) => tree.groups[child]?.kind === 'department')) return 'department'
  return asked.kind === 'department' && levels.includes('staff') ? 'staff' : 'total'
}

/** The groups of a level, in the order of the company's tree. They do not depend on who has customers. */
function groupsAt(tree: GroupTree, asked: Group, level: ReportLevel, { departments, people }: Hierarchy): Group[] {
  if (level === 'total') return []
  const below = (level === 'department' ? asked.children : tree.below(asked.place).slice(1)).flatMap((place) => tree.groups[place] ?? [])
  const isWanted = (group: Group): boolean => {
    if (level === 'staff') return group.kind === 'staff'
    if (level === 'department') return group.kind === 'department' || group.kind === 'direct'
    return group.kind === 'department' && departments.get(group.departmentId ?? 0)?.kind === level
  }
  const position = (group: Group) => departments.get(group.departmentId ?? 0)?.position ?? 0
  const name = (group: Group) => (group.staffId === null ? '\uffff' : (people.get(group.staffId)?.name ?? ''))
  return below.filter(isWanted).sort((one, other) => position(other) - position(one) || (one.departmentId ?? 0) - (other.departmentId ?? 0)
    || Number(one.kind === 'direct') - Number(other.kind === 'direct') || name(one).localeCompare(name(other), 'zh-CN') || one.place - other.place)
}

function presentDepartment({ departments }: Hierarchy, id: number) {
  const { name = '', kind = 'department' } = departments.get(id) ?? {}
  return { id, name, kind }
}

function presentGroup(hierarchy: Hierarchy, group: Group, figures: ReportGroup['figures']): ReportGroup[] {
  if (group.departmentId === null) return []
  const person = group.staffId === null ? undefined : hierarchy.people.get(group.staffId)
  return [{
    department: presentDepartment(hierarchy, group.departmentId), direct: group.kind === 'direct',
    staff: person === undefined ? null : { userid: person.wecomUserid, name: person.name }, figures,
  }]
}
