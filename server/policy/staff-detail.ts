import { In, type EntityManager } from 'typeorm'
import { operations } from '#shared/access/index'
import type { GrantHeld, StaffDetail } from '#shared/contracts/staff'
import type { z } from 'zod'
import { campaignMembers, campaigns, loadCompanyPolicy, loadPolicyInput, roles, temporaryGrants, type CompanyPolicy, type GrantInput, type PolicyInput } from '../access/index.ts'
import { departments, waitingOf, type Staff } from '../organization/index.ts'
import { waitingToJoin } from './campaign.presenter.ts'
import { openRequests, openRequestsUnder } from './open-requests.ts'
import { RolePayload, roleKeyOf } from './role-kind.ts'
import { facesOf } from './staff.presenter.ts'
import { present } from '../errors.ts'
import { temporaryKey } from './temporary-kind.ts'
import { wordsOf } from './temporary.presenter.ts'

type Detail = z.input<typeof StaffDetail>

/** One person with everything that is in force or to come, and what waits. */
export async function presentStaff(db: EntityManager, person: Staff, now: number): Promise<Detail> {
  const company = await loadCompanyPolicy(db)
  const input = await loadPolicyInput(db, company, person.id)
  const campaignsOf = await campaignsHeld(db, person.id, now)
  return {
    ...present((await facesOf(db, [person])).get(person.id), 'the person just read'),
    level: person.level ?? 0,
    grants: await grantsHeld(db, input, now),
    restrictions: restrictionsMeeting(company, input, now),
    waiting: await waitingFor(db, person.id),
    campaigns: campaignsOf.map(({ id, name, untilAt }) => ({ id, name, until: untilAt })),
  }
}

/** Whoever is not active holds nothing. */
async function grantsHeld(db: EntityManager, input: PolicyInput, now: number): Promise<GrantHeld[]> {
  const held = (input.active ? input.grants : []).filter((one) => one.until === undefined || one.until > now)
  const labels = new Map((await db.getRepository(roles).find({ select: { roleKey: true, label: true } })).map((role) => [role.roleKey, role.label]))
  const named = await campaignNames(db, held)
  return held.map((one) => ({
    id: one.id, source: one.source.kind, name: nameOf(one, labels, named), ...wordsOf(one.grant),
    from: one.from ?? null, until: one.until ?? null, active: one.from === undefined || one.from <= now,
  }))
}

function nameOf({ source }: GrantInput, labels: ReadonlyMap<string, string>, named: ReadonlyMap<string, string>): string {
  switch (source.kind) {
    case 'role': return labels.get(source.roleKey) ?? source.roleKey
    case 'temporary': return named.get(source.grantId) ?? ''
    case 'node': return source.nodeKey
    case 'share': return ''
  }
}

/** The campaign's name by the id of a grant that belongs to one. */
async function campaignNames(db: EntityManager, held: readonly GrantInput[]): Promise<Map<string, string>> {
  const ids = held.flatMap(({ source }) => (source.kind === 'temporary' ? [source.grantId] : []))
  const rows = ids.length === 0 ? [] : await db.getRepository(temporaryGrants).findBy({ id: In(ids) })
  const of = rows.flatMap((row) => row.campaignId ?? [])
  const names = new Map(of.length === 0 ? [] : (await db.getRepository(campaigns).findBy({ id: In(of) })).map((row) => [row.id, row.name]))
  return new Map(rows.flatMap((row) => (row.campaignId === null ? [] : [[row.id, names.get(row.campaignId) ?? '']])))
}

function restrictionsMeeting(company: CompanyPolicy, input: PolicyInput, now: number): Detail['restrictions'] {
  return company.restrictions.flatMap(({ id, restriction, endedAt }) => {
    const until = Math.min(restriction?.until ?? Infinity, endedAt ?? Infinity)
    if (until <= now) return []
    const times = { until: Number.isFinite(until) ? until : null, from: restriction?.from ?? null }
    // Unreadable: it takes everything from everybody.
    if (restriction === null) return [{ id, operations: [...operations], fields: [], ...times }]
    const { subject } = restriction
    const meets = !subject.except.includes(input.staffId) && (subject.everyone || subject.staffIds.includes(input.staffId) || subject.roles.some((role) => input.roleKeys.includes(role)))
    return meets ? [{ id, operations: [...restriction.operations], fields: Object.keys(restriction.fields ?? {}), ...times }] : []
  })
}

async function campaignsHeld(db: EntityManager, staffId: string, now: number) {
  const ids = (await db.getRepository(campaignMembers).findBy({ staffId })).map((one) => one.campaignId)
  const rows = ids.length === 0 ? [] : await db.getRepository(campaigns).find({ where: { id: In(ids) }, order: { untilAt: 'ASC', id: 'ASC' } })
  return rows.filter((row) => row.endedAt === null && row.untilAt > now)
}

async function waitingFor(db: EntityManager, staffId: string): Promise<Detail['waiting']> {
  const labels = new Map((await db.getRepository(roles).find({ select: { roleKey: true, label: true } })).map((role) => [role.roleKey, role.label]))
  const labelOf = (roleKey: string | null) => (roleKey === null ? '' : labels.get(roleKey) ?? roleKey)
  const { wishes } = await waitingOf(db, staffId)
  const directoryKey = `directory-change:${staffId}`
  const grants = await db.getRepository(temporaryGrants).findBy({ staffId, state: 'waiting' })
  const requests = await openRequests(db, [directoryKey, ...grants.map((row) => temporaryKey(row.id))])
  const joins = (await waitingToJoin(db, 'campaign-join:')).filter((one) => one.staffId === staffId)
  const places = new Map((await db.getRepository(departments).findBy({ id: In(wishes.flatMap((wish) => wish.departmentId ?? [])) })).map((row) => [row.id, row.name]))
  const names = new Map((await db.getRepository(campaigns).findBy({ id: In(joins.map((one) => one.campaignId)) })).map((row) => [row.id, row.name]))
  return [
    ...wishes.map((wish) => ({
      kind: 'directory' as const, what: wish.departmentId === null ? labelOf(wish.roleKey) : places.get(wish.departmentId) ?? String(wish.departmentId),
      requestId: requests.get(directoryKey) ?? null, createdAt: wish.createdAt,
    })),
    ...(await openRequestsUnder(db, roleKeyOf(staffId))).map((row) => {
      const payload = RolePayload.safeParse(row.payload)
      return { kind: 'role' as const, what: payload.success ? labelOf(payload.data.give ?? payload.data.take) : '', requestId: row.id, createdAt: row.createdAt }
    }),
    ...grants.map((row) => ({ kind: 'temporary' as const, what: '', requestId: requests.get(temporaryKey(row.id)) ?? null, createdAt: row.createdAt })),
    ...joins.map((one) => ({ kind: 'campaign' as const, what: names.get(one.campaignId) ?? '', requestId: one.requestId, createdAt: one.createdAt })),
  ]
}
