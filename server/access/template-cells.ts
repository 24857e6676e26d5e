import { isOperation, unitOperations, type Condition, type Operation, type RoleGrant, type Scope } from '#shared/access/index'
import { Invariant } from '../errors.ts'

/** Cells of one role by the last word of the unit: `spending: 'Vtr'`. */
export type TemplateCells = Readonly<Record<string, string>>

const levelOf: Readonly<Record<string, string>> = { V: 'view', E: 'edit', O: 'operate' }
const scopeOf: Readonly<Record<string, Scope['kind']>> = { f: 'followed', o: 'own', t: 'team', s: 'subtree', p: 'pool', '*': 'all' }
const narrowed: readonly Condition[] = [{ kind: 'recordStoreIsMine' }]

/** Turns cells into grants: one grant for each scope and narrowing, whatever unit it is about. */
export function parseTemplate(cells: TemplateCells): RoleGrant[] {
  const groups = new Map<string, Operation[]>()
  for (const [unit, cell] of Object.entries(cells)) {
    for (const token of cell.split(' ')) {
      const { operation, group } = parseToken(unit, token)
      const known = groups.get(group)
      if (known === undefined) groups.set(group, [operation])
      else known.push(operation)
    }
  }
  return [...groups].map(([group, operations]) => ({
    operations,
    scope: { kind: simpleScope(group.charAt(0)) },
    conditions: group.endsWith('r') ? [...narrowed] : [],
    fields: {},
  }))
}

function parseToken(unit: string, token: string): { readonly operation: Operation, readonly group: string } {
  const [, letter, scope = '*', narrowing = ''] = /^([VEO])([fotsp*])?(r)?$/.exec(token) ?? []
  const level = levelOf[letter ?? '']
  const operation = ['customer', 'talk', 'marketing', 'system'].map((block) => `${block}.${unit}.${level ?? ''}`).find(isOperation)
  if (operation === undefined) throw new Invariant(`not a template cell: ${unit} ${token}`)
  return { operation, group: `${scope}${narrowing}` }
}

type SimpleScope = Exclude<Scope['kind'], 'departments' | 'customers'>

function simpleScope(letter: string): SimpleScope {
  const kind = scopeOf[letter]
  if (kind === undefined || kind === 'departments' || kind === 'customers') throw new Invariant(`not a scope letter: ${letter}`)
  return kind
}

const letters: readonly (readonly [string, SimpleScope])[] =
  [['f', 'followed'], ['p', 'pool'], ['o', 'own'], ['t', 'team'], ['s', 'subtree'], ['*', 'all']]

/** The cell that these grants amount to in one unit, in the words of the table; `–` for nothing. For people and tests. */
export function renderCell(grants: readonly RoleGrant[], unit: string): string {
  const bare = unit === 'marketing.templates' || unit === 'marketing.strategy' || unit.startsWith('system.')
  const tokens = Object.entries(levelOf).flatMap(([level, name]) => letters.flatMap(([letter, kind]) => [false, true].flatMap((store) => {
    const given = grants.some((grant) => grant.scope.kind === kind && grant.operations.some((operation) => operation === `${unit}.${name}`)
      && grant.conditions.some((condition) => condition.kind === 'recordStoreIsMine') === store)
    return given ? [`${level}${bare && letter === '*' ? '' : letter}${store ? 'r' : ''}`] : []
  })))
  return tokens.length === 0 ? '–' : tokens.join(' ')
}

/** The units of the table, in its order. */
export const tableUnits: readonly string[] = [...new Set(unitOperations.map((operation) => operation.slice(0, operation.lastIndexOf('.'))))]
