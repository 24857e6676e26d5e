import { levels, unitOperations, units, viewOf, isOperation, type Level, type Operation, type Unit } from './operations.ts'

/** A grant as a matrix reads it; drafts may hold names that do not exist, which then stand in no cell. */
export interface MatrixGrant {
  readonly operations: readonly string[]
  readonly scope: { readonly kind: string }
  readonly conditions: readonly { readonly kind: string }[]
  readonly fields: Readonly<Record<string, string | undefined>>
}

/** One way in which a role holds an operation. */
export interface MatrixEntry<Grant extends MatrixGrant> {
  readonly grant: Grant
  /** The place of the grant within its role. */
  readonly place: number
  /** Held only because edit or operate of the unit implies it. */
  readonly implied: boolean
}

export const isUnit = (name: string): name is Unit => Object.hasOwn(units, name)

const unitNames: readonly Unit[] = [...new Set(unitOperations.map((operation) => operation.slice(0, operation.lastIndexOf('.'))))].filter(isUnit)

/** The rows of the matrix, in their fixed order. */
export const matrixUnits: readonly Unit[] = unitNames

/** One cell of the matrix of 18 units × 3 levels: every grant that gives this operation. */
export function matrixCell<Grant extends MatrixGrant>(grants: readonly Grant[], unit: Unit, level: Level): MatrixEntry<Grant>[] {
  const wanted: Operation = `${unit}.${level}`
  return grants.flatMap((grant, place): MatrixEntry<Grant>[] => {
    if (grant.operations.includes(wanted)) return [{ grant, place, implied: false }]
    const implied = level === 'view' && grant.operations.some((operation) => isOperation(operation) && viewOf(operation) === wanted)
    return implied ? [{ grant, place, implied: true }] : []
  })
}

/** How a cell differs from the same cell of the product's template. */
export interface MatrixDifference {
  readonly operation: Operation
  readonly change: 'added' | 'removed' | 'changed'
}

/** The cells of `grants` that are not those of `template`, whatever order and grouping the grants have. */
export function matrixDifferences(template: readonly MatrixGrant[], grants: readonly MatrixGrant[]): MatrixDifference[] {
  return matrixUnits.flatMap((unit) => levels.flatMap((level): MatrixDifference[] => {
    const operation: Operation = `${unit}.${level}`
    const before = faces(template, unit, level)
    const after = faces(grants, unit, level)
    if (before === after) return []
    return [{ operation, change: before === '' ? 'added' : after === '' ? 'removed' : 'changed' }]
  }))
}

/** What a cell says, as one text that is equal for equal meaning. */
function faces(grants: readonly MatrixGrant[], unit: Unit, level: Level): string {
  const entries = matrixCell(grants, unit, level).map(({ grant }) => stable({
    scope: grant.scope, conditions: [...grant.conditions.map(stable)].sort(), fields: level === 'view' ? grant.fields : {},
  }))
  return [...new Set(entries)].sort().join('\n')
}

/** JSON with sorted keys, so that equal things are equal texts. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner))
}
