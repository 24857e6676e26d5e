import { matrixDifferences, stable } from '#shared/access/index'
import type { DraftDocument, PolicyChange } from '#shared/contracts/policy-document'

type Part = PolicyChange['part']
type Item = object
type Items = ReadonlyMap<string, Item>

const parts: readonly Part[] = ['roles', 'templateRules', 'restrictions', 'nodeGrants', 'limits', 'settings']

/** The items of one part by their key. */
function itemsOf(document: DraftDocument, part: Part): Items {
  switch (part) {
    case 'roles':
    case 'limits': return new Map(document[part].map((item) => [item.roleKey, item]))
    case 'templateRules':
    case 'restrictions':
    case 'nodeGrants': return new Map(document[part].map((item) => [item.id, item]))
    case 'settings': return new Map(Object.entries(document.settings).map(([name, value]) => [name, { value }]))
  }
}

/** What differs, item by item; for roles also which cells of the matrix. */
export function changesBetween(before: DraftDocument, after: DraftDocument): PolicyChange[] {
  return parts.flatMap((part) => {
    const [old, fresh] = [itemsOf(before, part), itemsOf(after, part)]
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key): PolicyChange[] => {
      const [was, is] = [old.get(key), fresh.get(key)]
      if (stable(was ?? null) === stable(is ?? null)) return []
      const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
      return [{ part, key, change, operations: part === 'roles' ? cellsOf(before, after, key) : [] }]
    })
  })
}

function cellsOf(before: DraftDocument, after: DraftDocument, roleKey: string): string[] {
  const grants = (document: DraftDocument) => document.roles.find((role) => role.roleKey === roleKey)?.grants ?? []
  return matrixDifferences(grants(before), grants(after)).map((one) => one.operation)
}

/** Whether an item stood in a document just as it stands here. */
export function holdsSame(document: DraftDocument, part: Part, key: string, item: Item): boolean {
  const known = itemsOf(document, part).get(key)
  return known !== undefined && stable(known) === stable(item)
}

/**
 * The people whom a change names and who may gain by it: a restriction of theirs that goes or changes, an exception, a node that
 * opens. None of them decides about it. Whoever gains only as the holder of a role is not named.
 */
export function namedGainers(before: DraftDocument, after: DraftDocument): string[] {
  const changed = new Set(changesBetween(before, after).map(({ part, key }) => `${part}:${key}`))
  const of = <T extends { readonly id: string }>(part: Part, items: readonly T[]) => items.filter((item) => changed.has(`${part}:${item.id}`))
  return [...new Set([
    ...of('restrictions', before.restrictions).flatMap((one) => one.definition.subject.staffIds),
    ...of('restrictions', after.restrictions).flatMap((one) => one.definition.subject.except),
    ...of('nodeGrants', after.nodeGrants).flatMap((one) => one.subject.staffIds),
  ])]
}

export interface Merged {
  readonly document: DraftDocument
  /** Items that both sides changed, and differently; the draft's are kept. */
  readonly conflicts: readonly Omit<PolicyChange, 'operations'>[]
}

/**
 * Takes a draft along to a newer version: what only the draft changed is kept, what only the version changed is taken over, so
 * that publishing the draft does not take back what somebody else published meanwhile.
 */
export function mergeDocuments(base: DraftDocument, draft: DraftDocument, current: DraftDocument): Merged {
  const conflicts: Omit<PolicyChange, 'operations'>[] = []
  const merge = <T extends Item>(part: Part, list: (document: DraftDocument) => readonly T[], keyOf: (item: T) => string): T[] => {
    const [old, ours, theirs] = [base, draft, current].map((document) => new Map(list(document).map((item) => [keyOf(item), item])))
    const keys = new Set([...theirs?.keys() ?? [], ...ours?.keys() ?? []])
    return [...keys].flatMap((key) => {
      const [was, mine, other] = [old?.get(key), ours?.get(key), theirs?.get(key)]
      const text = (item: T | undefined) => stable(item ?? null)
      if (text(mine) === text(was)) return other === undefined ? [] : [other]
      if (text(other) !== text(was) && text(other) !== text(mine)) conflicts.push({ part, key, change: other === undefined ? 'removed' : was === undefined ? 'added' : 'changed' })
      return mine === undefined ? [] : [mine]
    })
  }
  const settings = merge('settings', (document) => Object.entries(document.settings).map(([name, value]) => ({ name, value })), (item) => item.name)
  return {
    document: {
      roles: merge('roles', (document) => document.roles, (role) => role.roleKey),
      templateRules: merge('templateRules', (document) => document.templateRules, (rule) => rule.id),
      restrictions: merge('restrictions', (document) => document.restrictions, (one) => one.id),
      nodeGrants: merge('nodeGrants', (document) => document.nodeGrants, (one) => one.id),
      limits: merge('limits', (document) => document.limits, (limit) => limit.roleKey),
      settings: { ...current.settings, ...Object.fromEntries(settings.map(({ name, value }) => [name, value])) },
    },
    conflicts,
  }
}
