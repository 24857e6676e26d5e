import { customerFields, isCustomerField } from '#shared/access/fields'
import { matrixCell, stable } from '#shared/access/matrix'
import { isOperation, levels, viewOf, type Level, type Unit } from '#shared/access/operations'
import type { DraftGrant } from '#shared/contracts/policy-document'

/** One way in which a cell of the matrix is held: everything of a grant but its operations. */
export type CellEntry = Omit<DraftGrant, 'operations'>

/** What stands in a cell by itself; what it holds only because edit or operate imply it is not among them. */
export function ownEntries(grants: readonly DraftGrant[], unit: Unit, level: Level): CellEntry[] {
  return matrixCell(grants, unit, level).filter((entry) => !entry.implied)
    .map(({ grant }) => ({ scope: grant.scope, conditions: grant.conditions, fields: level === 'view' ? fieldsOfUnit(grant.fields, unit) : {} }))
}

/** The grants of a role with one cell replaced. Grants that say the same are kept together, so a document stays readable. */
export function withCell(grants: readonly DraftGrant[], unit: Unit, level: Level, entries: readonly CellEntry[]): DraftGrant[] {
  const operation = `${unit}.${level}`
  const others = grants.map((grant) => tidied({ ...grant, operations: grant.operations.filter((one) => one !== operation) }))
  const own = entries.map((entry): DraftGrant => ({ operations: [operation], scope: entry.scope, conditions: [...entry.conditions], fields: level === 'view' ? { ...entry.fields } : {} }))
  return regrouped([...others, ...own].filter((grant) => grant.operations.length > 0))
}

const unitOfField = (field: string): string => (isCustomerField(field) ? customerFields[field].unit : '')

function fieldsOfUnit(fields: DraftGrant['fields'], unit: Unit): DraftGrant['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => unitOfField(field) === unit))
}

/** A field's presentation goes with its unit's view: without the view it would say nothing. */
function tidied(grant: DraftGrant): DraftGrant {
  const views = new Set<string>(grant.operations.map((operation) => (isOperation(operation) ? viewOf(operation) : operation)))
  return { ...grant, fields: Object.fromEntries(Object.entries(grant.fields).filter(([field]) => views.has(`${unitOfField(field)}.view`))) }
}

function regrouped(grants: readonly DraftGrant[]): DraftGrant[] {
  const groups = new Map<string, DraftGrant>()
  for (const grant of grants) {
    const face = stable([grant.scope, [...grant.conditions].map(stable).sort(), grant.fields])
    const known = groups.get(face)
    groups.set(face, known === undefined ? grant : { ...known, operations: [...new Set([...known.operations, ...grant.operations])] })
  }
  return [...groups.values()]
}

/** Whether any level of the unit is held, for a short look at a role. */
export function holdsUnit(grants: readonly DraftGrant[], unit: Unit): boolean {
  return levels.some((level) => matrixCell(grants, unit, level).length > 0)
}
