import type { MeasureName, ReportLevel, ReportName } from '#shared/contracts/reports'
import { Invariant } from '../errors.ts'
import { additions, purchases, standing, storeVisits, type Population } from './populations.ts'

/** How a measure is computed from the facts of a group: by counting different customers, or by adding up one of the population's sums. */
export type Computation = { readonly kind: 'different-customers' } | { readonly kind: 'sum', readonly place: number }

export interface ReportPart {
  readonly population: Population
  readonly measures: readonly (readonly [MeasureName, Computation])[]
}

/** A fixed report: what it measures, over which facts. Its figures are declared here, under `marketing.reports.view`, and nowhere else. */
export interface ReportDefinition {
  readonly name: ReportName
  readonly parts: readonly ReportPart[]
  readonly measures: readonly MeasureName[]
  readonly levels: readonly ReportLevel[]
}

const departmentLevels: readonly ReportLevel[] = ['total', 'department', 'region', 'store']

/** Throws Invariant for a measure that is declared twice: two figures of one name could differ by a small group. */
export function defineReport(name: ReportName, parts: readonly ReportPart[]): ReportDefinition {
  const measures = parts.flatMap((part) => part.measures.map(([measure]) => measure))
  if (new Set(measures).size < measures.length) throw new Invariant(`${name} declares a measure twice`)
  const goesDownToPeople = parts.every(({ population }) => population.kind === 'standing' || population.staffColumn !== null)
  return { name, parts, measures, levels: goesDownToPeople ? [...departmentLevels, 'staff'] : departmentLevels }
}

const times = (place: number): Computation => ({ kind: 'sum', place })
const different: Computation = { kind: 'different-customers' }

/** No population belongs to two reports: their figures, withheld differently, could be compared. */
export const reportDefinitions: readonly ReportDefinition[] = [
  defineReport('customers', [
    { population: standing, measures: [['customers', times(0)]] },
    { population: additions, measures: [['newCustomers', times(0)]] },
  ]),
  defineReport('spending', [{ population: purchases, measures: [['buyers', different], ['orders', times(0)], ['amountFen', times(1)]] }]),
  defineReport('visits', [{ population: storeVisits, measures: [['visitors', different], ['visits', times(0)]] }]),
]
