import { isRoleTemplateKey, roleTemplates } from '../access/index.ts'
import { PolicyDocument, type DraftDocument, type DraftRestriction, type PolicyChange, type PolicyFlaw } from '#shared/contracts/policy-document'
import { checkGrant } from './check-grant.ts'
import { holdsSame } from './compare-documents.ts'
import { Flaws, mostRuleBytes, type KnownNames } from './flaws.ts'

const most = { roles: 100, grants: 200, templateRules: 500, restrictions: 500, nodeGrants: 500, limits: 100, staffNames: 2_000 } as const

/**
 * Everything that is wrong with a draft, each with its place. What stood in the version in force word for word does not block: a
 * tag that WeCom deleted since must not stop every other change.
 */
export function checkDocument(draft: DraftDocument, names: KnownNames, inForce: DraftDocument | null): PolicyFlaw[] {
  const flaws = new Flaws()
  const known: KnownDocument = { flaws, names, roleKeys: new Set(draft.roles.map((role) => role.roleKey)) }
  checkRoles(known, draft, inForce)
  checkRules(known, draft)
  for (const [at, { id, definition }] of draft.restrictions.entries()) checkRestriction(known, `restrictions.${at}.definition`, `restriction ${id}`, definition)
  checkNodeGrants(known, draft)
  for (const [at, limit] of draft.limits.entries()) checkRole(known, `limits.${at}.roleKey`, `limit ${limit.roleKey}`, limit.roleKey)
  checkCounts(known, draft)
  checkShape(flaws, draft)
  if (!flaws.all().some((flaw) => flaw.code === 'unknown_operation') && !someAdministers(draft)) flaws.add('roles', 'roles', 'last_administrator')
  return inForce === null ? flaws.all() : flaws.all().map((flaw) => ({ ...flaw, blocking: !stood(draft, inForce, flaw) }))
}

interface KnownDocument {
  readonly flaws: Flaws
  readonly names: KnownNames
  readonly roleKeys: ReadonlySet<string>
}

/** One restriction by itself, as it is set at once. */
export function checkRestrictionAlone(definition: DraftRestriction, names: KnownNames, roleKeys: ReadonlySet<string>): PolicyFlaw[] {
  const flaws = new Flaws()
  checkRestriction({ flaws, names, roleKeys }, 'definition', 'restriction', definition)
  return flaws.all()
}

function checkRoles(known: KnownDocument, draft: DraftDocument, inForce: DraftDocument | null): void {
  const { flaws, names, roleKeys } = known
  checkTwice(flaws, 'roles', draft.roles.map((role) => role.roleKey))
  for (const [at, role] of draft.roles.entries()) {
    const place = `roles.${at}`
    if (role.grants.length > most.grants) flaws.add(`${place}.grants`, role.roleKey, 'too_many', String(role.grants.length))
    if (Buffer.byteLength(JSON.stringify(role.grants)) > mostRuleBytes) flaws.add(`${place}.grants`, role.roleKey, 'too_large')
    for (const [number, grant] of role.grants.entries()) checkGrant({ flaws, names, item: role.roleKey, of: 'role' }, `${place}.grants.${number}`, grant)
  }
  for (const { roleKey } of roleTemplates) {
    if (!roleKeys.has(roleKey)) flaws.add('roles', roleKey, 'role_required', roleKey)
  }
  for (const { roleKey } of inForce?.roles ?? []) {
    if (!roleKeys.has(roleKey) && !isRoleTemplateKey(roleKey) && names.heldRoles.has(roleKey)) flaws.add('roles', roleKey, 'role_in_use', roleKey)
  }
}

function checkRules(known: KnownDocument, draft: DraftDocument): void {
  const { flaws, names } = known
  checkTwice(flaws, 'templateRules', draft.templateRules.map((rule) => rule.id))
  for (const [at, rule] of draft.templateRules.entries()) {
    const [place, item] = [`templateRules.${at}`, `rule ${rule.id}`]
    checkRole(known, `${place}.roleKey`, item, rule.roleKey)
    if (rule.roleKey === 'administrator') flaws.add(`${place}.roleKey`, item, 'never_by_rule', rule.roleKey)
    if (rule.departmentId !== null && !names.departments.has(rule.departmentId)) flaws.add(`${place}.departmentId`, item, 'unknown_department', String(rule.departmentId))
  }
}

function checkRestriction(known: KnownDocument, place: string, item: string, definition: DraftRestriction): void {
  const { flaws, names, roleKeys } = known
  const { subject, from, until } = definition
  checkGrant({ flaws, names, item, of: 'restriction' }, place, definition)
  for (const [at, role] of subject.roles.entries()) checkRole(known, `${place}.subject.roles.${at}`, item, role)
  checkStaff(known, `${place}.subject.staffIds`, item, subject.staffIds)
  for (const [at, name] of subject.except.entries()) {
    // A role among the exceptions would let a change of role lift a deny.
    if (roleKeys.has(name)) flaws.add(`${place}.subject.except.${at}`, item, 'role_as_exception', name)
    else if (!names.staffIds.has(name)) flaws.add(`${place}.subject.except.${at}`, item, 'unknown_staff', name)
  }
  if (!subject.everyone && subject.roles.length === 0 && subject.staffIds.length === 0) flaws.add(`${place}.subject`, item, 'empty_subject')
  if (from !== undefined && until !== undefined && from >= until) flaws.add(`${place}.until`, item, 'empty_period')
  if (Buffer.byteLength(JSON.stringify(definition)) > mostRuleBytes) flaws.add(place, item, 'too_large')
}

function checkNodeGrants(known: KnownDocument, draft: DraftDocument): void {
  const { flaws, names } = known
  checkTwice(flaws, 'nodeGrants', draft.nodeGrants.map((one) => one.id))
  for (const [at, one] of draft.nodeGrants.entries()) {
    const [place, item] = [`nodeGrants.${at}`, `node ${one.nodeKey}`]
    checkGrant({ flaws, names, item, of: 'node' }, `${place}.grant`, one.grant)
    for (const [number, role] of one.subject.roles.entries()) checkRole(known, `${place}.subject.roles.${number}`, item, role)
    checkStaff(known, `${place}.subject.staffIds`, item, one.subject.staffIds)
    if (one.subject.roles.length === 0 && one.subject.staffIds.length === 0) flaws.add(`${place}.subject`, item, 'empty_subject')
    if (Buffer.byteLength(JSON.stringify(one.grant)) > mostRuleBytes) flaws.add(`${place}.grant`, item, 'too_large')
  }
}

function checkCounts({ flaws }: KnownDocument, draft: DraftDocument): void {
  for (const part of ['roles', 'templateRules', 'restrictions', 'nodeGrants', 'limits'] as const) {
    if (draft[part].length > most[part]) flaws.add(part, part, 'too_many', String(draft[part].length))
  }
  checkTwice(flaws, 'restrictions', draft.restrictions.map((one) => one.id))
  checkTwice(flaws, 'limits', draft.limits.map((limit) => limit.roleKey))
}

/** Whatever has no name of its own: wrong types, lengths, empty texts. */
function checkShape(flaws: Flaws, draft: DraftDocument): void {
  const parsed = PolicyDocument.safeParse(draft)
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const place = issue.path.map(String).join('.')
    if (!flaws.covers(place)) flaws.add(place, itemAt(draft, issue.path), 'shape')
  }
}

function itemAt(draft: DraftDocument, [part, at]: readonly PropertyKey[]): string {
  if (part === 'roles' && typeof at === 'number') return draft.roles[at]?.roleKey ?? 'roles'
  return String(part ?? '')
}

function checkTwice(flaws: Flaws, part: string, keys: readonly string[]): void {
  for (const [at, key] of keys.entries()) {
    if (keys.indexOf(key) < at) flaws.add(`${part}.${at}`, key.slice(0, 80), 'duplicate', key)
  }
}

function checkRole({ flaws, roleKeys }: KnownDocument, place: string, item: string, roleKey: string): void {
  if (!roleKeys.has(roleKey)) flaws.add(place, item, 'unknown_role', roleKey)
}

function checkStaff({ flaws, names }: KnownDocument, place: string, item: string, staffIds: readonly string[]): void {
  if (staffIds.length > most.staffNames) flaws.add(place, item, 'too_many', String(staffIds.length))
  for (const [at, id] of staffIds.entries()) {
    if (!names.staffIds.has(id)) flaws.add(`${place}.${at}`, item, 'unknown_staff', id)
  }
}

/** Some role still gives the right over the rules; whether somebody holds it is asked when the draft is published. */
function someAdministers(draft: DraftDocument): boolean {
  return draft.roles.some((role) => role.grants.some((grant) => grant.operations.includes('system.policy.operate') && grant.scope.kind === 'all' && grant.conditions.length === 0))
}

const partNames: readonly PolicyChange['part'][] = ['roles', 'templateRules', 'restrictions', 'nodeGrants', 'limits']

/** The item that a flaw is in stands in the version in force just so. */
function stood(draft: DraftDocument, inForce: DraftDocument, flaw: PolicyFlaw): boolean {
  const [name, at] = flaw.place.split('.')
  const part = partNames.find((one) => one === name)
  if (part === undefined || part === 'settings' || at === undefined) return false
  const item = draft[part][Number(at)]
  if (item === undefined || flaw.code === 'duplicate') return false
  return holdsSame(inForce, part, 'roleKey' in item && !('id' in item) ? item.roleKey : 'id' in item ? item.id : '', item)
}
