import { In, type EntityManager } from 'typeorm'
import { maskMoneyAndNumbers, RoleGrant, type Condition, type Missing, type NearMiss } from '#shared/access/index'
import type { Change as ChangeShown, MissingPart, Reason } from '#shared/contracts/explain'
import { campaigns, roles, shares, temporaryGrants, type Change } from '../access/index.ts'
import { departments, staff } from '../organization/index.ts'
import { tags } from './customer.entity.ts'
import type { VisibleFacts } from './visible-facts.ts'

/** The names behind the ids of rules, read for one answer. */
export interface RuleNames {
  reason(ruleId: string): Reason
  roleLabel(roleKey: string): string
  department(id: number): string
  tag(id: string): string
  tagGroup(id: string): string
}

/** `role:clerk#2`, `temporary:ID`, `node:KEY#ID`, `share:ID`, `restriction:ID`, `freeze:ID`. */
function partsOf(ruleId: string): { readonly kind: string, readonly name: string, readonly place: number } {
  const [, kind = '', name = '', place = '1'] = /^(\w+):([^#]*)(?:#(.+))?$/s.exec(ruleId) ?? []
  return { kind, name, place: Number(place) }
}

/** Reads what is needed to put these rules into words. Reasons that people wrote may hold numbers: they are masked like remarks. */
export async function loadRuleNames(db: EntityManager, ruleIds: readonly string[]): Promise<RuleNames> {
  const named = (kind: string) => [...new Set(ruleIds.map(partsOf).filter((one) => one.kind === kind).map((one) => one.name))]
  const stored = new Map((await db.getRepository(roles).find()).map((row) => [row.roleKey, row]))
  const temporary = new Map((await byId(db, temporaryGrants, named('temporary'))).map((row) => [row.id, row]))
  const shared = new Map((await byId(db, shares, named('share'))).map((row) => [row.id, row]))
  const campaignNames = new Map((await byId(db, campaigns, [...temporary.values()].flatMap((row) => row.campaignId ?? []))).map((row) => [row.id, row.name]))
  const people = new Map((await byId(db, staff, [...shared.values()].map((row) => row.sharedBy))).map((row) => [row.id, row.name]))
  const places = new Map((await db.getRepository(departments).find({ select: { id: true, name: true } })).map((row) => [row.id, row.name]))
  const known = await db.getRepository(tags).find()
  const tagNames = new Map(known.map((tag) => [tag.id, tag.name]))
  const groupNames = new Map(known.map((tag) => [tag.groupId, tag.groupName]))
  return {
    reason: (id) => {
      const { kind, name, place } = partsOf(id)
      switch (kind) {
        case 'role': {
          const row = stored.get(name)
          const grant = RoleGrant.array().safeParse(row?.grants).data?.[place - 1]
          const onlyOwnRecords = grant?.conditions.some((condition) => condition.kind === 'recordStoreIsMine') === true
          return { kind, id, roleKey: name, label: row?.label ?? name, scope: grant?.scope.kind ?? '', onlyOwnRecords }
        }
        case 'temporary': {
          const row = temporary.get(name)
          return { kind, id, reason: maskMoneyAndNumbers(row?.reason ?? ''), until: row?.untilAt ?? null, campaign: campaignNames.get(row?.campaignId ?? '') ?? null }
        }
        case 'node': return { kind, id, nodeKey: name }
        case 'share': {
          const row = shared.get(name)
          return { kind, id, sharedBy: people.get(row?.sharedBy ?? '') ?? '', reason: maskMoneyAndNumbers(row?.reason ?? ''), until: row?.untilAt ?? null }
        }
        case 'freeze': return { kind, id }
        default: return { kind: 'restriction', id }
      }
    },
    roleLabel: (roleKey) => stored.get(roleKey)?.label ?? roleKey,
    department: (id) => places.get(id) ?? String(id),
    tag: (id) => maskMoneyAndNumbers(tagNames.get(id) ?? id),
    tagGroup: (id) => groupNames.get(id) ?? id,
  }
}

async function byId<T extends { id: string }>(db: EntityManager, table: Parameters<typeof db.getRepository<T>>[0], ids: readonly string[]): Promise<T[]> {
  if (ids.length === 0) return []
  const rows = db.createQueryBuilder(table, 'named')
  return rows.where({ id: In([...ids]) }).getMany()
}

/** What a grant lacked, in words' data. What the caller may not see of the customer is withheld from him, or only its value. */
export function missingParts(miss: NearMiss, definitions: readonly RoleGrant[], names: RuleNames, facts: VisibleFacts): MissingPart[] {
  const parts = miss.missing.map((missing) => missingPart(missing, definitions, names, facts))
  const withheld = parts.findIndex((part) => part.kind === 'withheld')
  return parts.filter((part, place) => part.kind !== 'withheld' || place === withheld)
}

function missingPart(missing: Missing, definitions: readonly RoleGrant[], names: RuleNames, facts: VisibleFacts): MissingPart {
  switch (missing.kind) {
    case 'scope': {
      const named = definitions.flatMap(({ scope }) => (scope.kind === 'departments' ? scope.departmentIds : []))
      return { kind: 'scope', scope: missing.scope, departments: named.slice(0, 10).map((id) => names.department(id)) }
    }
    case 'operation': return { kind: 'operation', operation: missing.operation }
    case 'time': return { kind: 'time', from: missing.from, until: missing.until }
    case 'condition': {
      const kind = missing.condition.split('.')[0] ?? missing.condition
      if (!facts.maySay(kind)) return { kind: 'withheld' }
      const of = definitions.flatMap(({ conditions }) => conditions).filter((condition) => nameOf(condition) === missing.condition)
      return { kind: 'condition', condition: missing.condition, wants: of.flatMap((condition) => wantsOf(condition, names)).slice(0, 20), has: facts.has(kind, names) }
    }
  }
}

/** As the engine names it: `tags.any`, `journeyNode.current`, `stage`. */
const nameOf = (condition: Condition): string => ('match' in condition ? `${condition.kind}.${condition.match}` : condition.kind)

function wantsOf(condition: Condition, names: RuleNames): string[] {
  switch (condition.kind) {
    case 'tags': return condition.tagIds.slice(0, 20).map((id) => names.tag(id))
    case 'tagGroups': return condition.groupIds.slice(0, 20).map((id) => names.tagGroup(id))
    case 'stage':
    case 'openTask':
    case 'journeyNode':
    case 'templateCategory':
    case 'campaign': return [...condition.anyOf]
    case 'valueTier': return [String(condition.atLeast)]
    case 'spend': return [String(condition.atLeastFen)]
    case 'pool': return condition.departmentIds.map((id) => names.department(id))
    case 'recordStoreIsMine': return []
  }
}

export function changeShown(change: Change, names: RuleNames): ChangeShown {
  switch (change.kind) {
    case 'role': return { ...change, label: names.roleLabel(change.roleKey) }
    case 'lift': return { kind: 'lift', restrictions: [...change.restrictions] }
    default: return change
  }
}
