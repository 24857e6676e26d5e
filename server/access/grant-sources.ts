import { z } from 'zod'
import type { EntityManager } from 'typeorm'
import { GrantSubject, isNeverTemporary, isOperation, RoleGrant, viewOf, type Condition, type Operation } from '#shared/access/index'
import type { GrantInput } from './policy.ts'
import { selectNamed } from './sql.ts'

/** What a journey node opens to whom; the same for everybody at one epoch. */
export interface NodeGrantRule {
  readonly id: string
  readonly nodeKey: string
  readonly subject: GrantSubject
  readonly grant: RoleGrant
}

const OptionalInstant = z.union([z.null(), z.coerce.number()])
const NodeGrantRow = z.object({ id: z.string(), nodeKey: z.string(), subject: z.unknown(), definition: z.unknown(), keepsOpen: z.unknown() })

/** The stored text of a JSON column, or undefined when it is none. */
export function fromJson(stored: unknown): unknown {
  if (typeof stored !== 'string') return stored
  try {
    return JSON.parse(stored)
  } catch {
    return undefined
  }
}

/** All grants of nodes that have not been ended. Ids of unreadable ones are reported; they give nothing. */
export async function loadNodeGrants(db: EntityManager, onUnreadable: (id: string) => void): Promise<NodeGrantRule[]> {
  const rows = z.array(NodeGrantRow).parse(await selectNamed(db,
    'SELECT id, node_key AS nodeKey, subject, definition, keeps_open AS keepsOpen FROM node_grants WHERE ended_at IS NULL ORDER BY id', {}))
  return rows.flatMap((row) => {
    const subject = GrantSubject.safeParse(fromJson(row.subject))
    const grant = RoleGrant.safeParse(fromJson(row.definition))
    if (!subject.success || !grant.success) {
      onUnreadable(row.id)
      return []
    }
    return [nodeGrant({ id: row.id, nodeKey: row.nodeKey, subject: subject.data, grant: grant.data, keepsOpen: Number(row.keepsOpen) === 1 })]
  })
}

/** The node becomes one more condition of what it opens; whether later nodes keep it is the flow's setting (S21). */
export function nodeGrant(row: { readonly id: string, readonly nodeKey: string, readonly subject: GrantSubject, readonly grant: RoleGrant, readonly keepsOpen: boolean }): NodeGrantRule {
  const { id, nodeKey, subject, grant, keepsOpen } = row
  const node: Condition = { kind: 'journeyNode', match: keepsOpen ? 'reached' : 'current', anyOf: [nodeKey] }
  return { id, nodeKey, subject, grant: { ...grant, operations: grant.operations.filter((operation) => !isNeverTemporary(operation)), conditions: [...grant.conditions, node] } }
}

/** Those that meet this person. */
export function nodeGrantsFor(rules: readonly NodeGrantRule[], staffId: string, roleKeys: readonly string[]): GrantInput[] {
  return rules
    .filter(({ subject }) => subject.staffIds.includes(staffId) || subject.roles.some((role) => roleKeys.includes(role)))
    .map(({ id, nodeKey, grant }) => ({ id: `node:${nodeKey}#${id}`, source: { kind: 'node', nodeKey }, grant }))
}

const TemporaryRow = z.object({
  staffId: z.string(), id: z.string(), definition: z.unknown(), fromAt: z.coerce.number(), untilAt: z.coerce.number(),
  campaignFrom: OptionalInstant, campaignUntil: OptionalInstant, campaignEnded: OptionalInstant,
})

/**
 * What these people hold for a time, alone or with a campaign's people, by person. It ends with its own end and with the
 * campaign's, whichever comes first; exports and the system's operations are never among it.
 */
export async function loadTemporaryGrants(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, GrantInput[]>> {
  const columns = 'g.id AS id, g.definition AS definition, g.from_at AS fromAt, g.until_at AS untilAt'
  const rows = [
    ...await selectNamed(db, `SELECT g.staff_id AS staffId, ${columns}, NULL AS campaignFrom, NULL AS campaignUntil, NULL AS campaignEnded
      FROM temporary_grants g WHERE g.staff_id IN (:...staffIds) AND g.state = 'granted' ORDER BY g.id`, { staffIds }),
    ...await selectNamed(db, `SELECT m.staff_id AS staffId, ${columns}, c.from_at AS campaignFrom, c.until_at AS campaignUntil, c.ended_at AS campaignEnded
      FROM campaign_members m JOIN campaigns c ON c.id = m.campaign_id JOIN temporary_grants g ON g.campaign_id = c.id
      WHERE m.staff_id IN (:...staffIds) AND g.state = 'granted' ORDER BY g.id`, { staffIds }),
  ]
  const byStaff = groupByStaff(z.array(TemporaryRow).parse(rows))
  return new Map([...byStaff].map(([staffId, held]) => [staffId, held.flatMap((row) => {
    const parsed = RoleGrant.safeParse(fromJson(row.definition))
    return parsed.success ? temporaryGrant(row, parsed.data) : []
  })]))
}

export function groupByStaff<T extends { readonly staffId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(row.staffId)
    if (group === undefined) groups.set(row.staffId, [row])
    else group.push(row)
  }
  return groups
}

function temporaryGrant(row: z.infer<typeof TemporaryRow>, grant: RoleGrant): GrantInput[] {
  const operations = grant.operations.filter((operation) => !isNeverTemporary(operation))
  if (operations.length === 0) return []
  return [{
    id: `temporary:${row.id}`,
    source: { kind: 'temporary', grantId: row.id },
    grant: { ...grant, operations },
    from: Math.max(row.fromAt, row.campaignFrom ?? row.fromAt),
    until: Math.min(row.untilAt, row.campaignUntil ?? row.untilAt, row.campaignEnded ?? row.untilAt),
  }]
}

const ShareRow = z.object({ staffId: z.string(), id: z.string(), customerId: z.string(), operations: z.unknown(), fromAt: z.coerce.number(), untilAt: z.coerce.number() })

/** Customers shown to these people by colleagues, by person. Unknown operations are left out, an unreadable list gives nothing. */
export async function loadShares(db: EntityManager, staffIds: readonly string[]): Promise<Map<string, ShareTerms[]>> {
  const rows = z.array(ShareRow).parse(await selectNamed(db,
    'SELECT staff_id AS staffId, id, customer_id AS customerId, operations, from_at AS fromAt, until_at AS untilAt FROM shares WHERE staff_id IN (:...staffIds) AND ended_at IS NULL ORDER BY id', { staffIds }))
  return groupByStaff(rows.flatMap(({ operations, ...row }) => {
    const named = z.array(z.string()).safeParse(fromJson(operations))
    return named.success ? [{ ...row, operations: named.data.filter(isOperation) }] : []
  }))
}

export interface ShareTerms {
  readonly id: string
  readonly customerId: string
  readonly operations: readonly Operation[]
  readonly fromAt: number
  readonly untilAt: number
}

/**
 * What a share amounts to for a recipient with these roles: each grant of his roles as if this one customer were within its
 * scope, as far as the share names its operations. So conditions and presentations of the role stay, and a role that could
 * never hold an operation does not get it by a share.
 */
export function shareGrant(share: ShareTerms, roleGrants: readonly GrantInput[]): GrantInput[] {
  const shared = new Set<Operation>(share.operations.filter((operation) => !isNeverTemporary(operation)))
  return roleGrants.flatMap(({ grant }): GrantInput[] => {
    const operations = [...new Set<Operation>(grant.operations.flatMap((operation) => [operation, viewOf(operation)]))].filter((operation) => shared.has(operation))
    if (operations.length === 0) return []
    return [{
      id: `share:${share.id}`,
      source: { kind: 'share', shareId: share.id },
      grant: { ...grant, operations, scope: { kind: 'customers', customerIds: [share.customerId] } },
      from: share.fromAt,
      until: share.untilAt,
    }]
  })
}
