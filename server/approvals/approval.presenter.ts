import { In, type EntityManager } from 'typeorm'
import type { z } from 'zod'
import type { ApprovalDetail, ApprovalItem } from '#shared/contracts/approvals'
import { departments, staff } from '../organization/index.ts'
import type { ApprovalRow, ApproverRow } from './approval.entity.ts'
import type { Core } from './core.ts'

type Somebody = NonNullable<z.infer<typeof ApprovalItem>['requester']>

/** Names of the people and departments that a page of requests mentions. */
export interface Names {
  person(staffId: string | null): Somebody | null
  department(id: number | null): string | null
}

export async function namesFor(db: EntityManager, staffIds: readonly string[], departmentIds: readonly number[]): Promise<Names> {
  const people = new Map(staffIds.length === 0 ? [] : (await db.getRepository(staff).findBy({ id: In([...new Set(staffIds)]) })).map((row) => [row.id, { userid: row.userid, name: row.name }]))
  const places = new Map(departmentIds.length === 0 ? [] : (await db.getRepository(departments).findBy({ id: In([...new Set(departmentIds)]) })).map((row) => [row.id, row.name]))
  return {
    person: (staffId) => (staffId === null ? null : people.get(staffId) ?? null),
    department: (id) => (id === null ? null : places.get(id) ?? null),
  }
}

/** A page of requests for one reader. */
export async function presentItems(core: Core, rows: readonly ApprovalRow[], readerId: string): Promise<ApprovalItem[]> {
  const names = await namesFor(core.database.db, rows.flatMap((row) => [row.requesterStaffId, ...(row.decidedBy === null ? [] : [row.decidedBy])]), rows.flatMap((row) => row.departmentId ?? []))
  const items: ApprovalItem[] = []
  for (const row of rows) items.push(itemOf(core, row, (await describeRow(core, row)).title, names, readerId))
  return items
}

/** What a kind says about a request; a kind that is gone leaves its name. */
async function describeRow(core: Core, row: ApprovalRow) {
  const kind = core.registry.find(row.kind)
  return kind === null ? { title: row.kind, lines: [] } : kind.describe(core.database.db, row)
}

function itemOf(core: Core, row: ApprovalRow, title: string, names: Names, readerId: string): ApprovalItem {
  return {
    id: row.id, kind: row.kind, title, status: row.status, requester: names.person(row.requesterStaffId), departmentName: names.department(row.departmentId),
    decideOn: core.registry.find(row.kind)?.decideOn ?? 'console', mode: row.mode, createdAt: row.createdAt, nextAt: row.dueAt, expiresAt: row.expiresAt,
    closedAt: row.closedAt, decidedBy: names.person(row.decidedBy), note: row.note, mine: row.requesterStaffId === readerId,
  }
}

export async function presentDetail(core: Core, row: ApprovalRow, approvers: readonly ApproverRow[], abilities: ApprovalDetail['abilities'], readerId: string): Promise<ApprovalDetail> {
  const people = [row.requesterStaffId, ...row.beneficiaryStaffIds, ...(row.decidedBy === null ? [] : [row.decidedBy]), ...approvers.map((one) => one.staffId)]
  const names = await namesFor(core.database.db, people, row.departmentId === null ? [] : [row.departmentId])
  const { title, lines } = await describeRow(core, row)
  return {
    ...itemOf(core, row, title, names, readerId),
    lines: lines.map(({ label, value }) => ({ label, value })),
    beneficiaries: row.beneficiaryStaffIds.flatMap((id) => names.person(id) ?? []),
    approvers: approvers.flatMap(({ staffId, askedAt, verdict, via, decidedAt }) => {
      const person = names.person(staffId)
      return person === null ? [] : [{ person, askedAt, verdict, via, decidedAt }]
    }),
    abilities,
  }
}
