import { customerFieldNames, isUnit, operations, type Operation } from '#shared/access/index'
import { unitOf, viewOfField } from '../units.ts'
import type { Formula, PolicyFormulas } from './formula.ts'

/** What a change is counted over: customers, departments of marketing things, or the company as one. */
export type CountedOver = 'customers' | 'resources' | 'company'

/** Something that may be allowed more or less widely: an operation, or how a field is shown (`field:mobile`). */
export interface Subject {
  readonly what: string
  readonly over: CountedOver
}

/**
 * One subject before and after. Gained is what every guard holds for and some pair only after; lost, only before.
 * A field is compared where its unit could be and can be seen: more than that, the unit's own operation tells.
 */
export interface Change {
  readonly subject: Subject
  readonly key: string
  readonly guards: readonly Formula[]
  readonly pairs: readonly { readonly before: Formula, readonly after: Formula }[]
}

function overOf(operation: Operation): CountedOver {
  const unit = unitOf(operation)
  if (!isUnit(unit) || unit === 'marketing.strategy') return 'company'
  return unit.startsWith('marketing.') && unit !== 'marketing.broadcasts' ? 'resources' : 'customers'
}

/** Every operation and field whose formula differs between the two; those that change in the same way stand together. */
export function changesBetween(before: PolicyFormulas, after: PolicyFormulas): Change[][] {
  const byKey = new Map<string, Change[]>()
  for (const change of everyChange(before, after)) {
    const alike = byKey.get(change.key)
    if (alike === undefined) byKey.set(change.key, [change])
    else alike.push(change)
  }
  return [...byKey.values()]
}

function everyChange(before: PolicyFormulas, after: PolicyFormulas): Change[] {
  return [
    ...operations.flatMap((operation) => operationChange(operation, before, after)),
    ...customerFieldNames.flatMap((field): Change[] => {
      const view = viewOfField(field)
      const widths = [1, 2].map((width) => ({ before: before.forField(field, width), after: after.forField(field, width) }))
      return changed({ what: `field:${field}`, over: 'customers' }, [before.forCustomers(view), after.forCustomers(view)], widths)
    }),
  ]
}

function operationChange(operation: Operation, before: PolicyFormulas, after: PolicyFormulas): Change[] {
  const over = overOf(operation)
  const ask = (formulas: PolicyFormulas) => (over === 'customers' ? formulas.forCustomers(operation) : formulas.forResources(operation))
  return changed({ what: operation, over }, [], [{ before: ask(before), after: ask(after) }])
}

function changed(subject: Subject, guards: readonly Formula[], pairs: Change['pairs']): Change[] {
  const differing = pairs.filter((pair) => pair.before.key !== pair.after.key)
  if (differing.length === 0) return []
  const key = [subject.over, ...guards.map((guard) => guard.key), ...differing.flatMap((pair) => [pair.before.key, pair.after.key])].join('\n')
  return [{ subject, key, guards, pairs: differing }]
}
