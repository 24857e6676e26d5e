import { customerFieldNames, presentations, type CustomerField, type Operation, type Presentation } from '#shared/access/index'
import type { ShownField } from './policy.ts'
import { fieldRule, viewOfField } from './units.ts'

/** Presentations as numbers that compare: 0 hidden, 1 masked, 2 clear. */
export const widthOf = (presentation: Presentation): number => presentations.indexOf(presentation)
export const clearWidth = 2

/** The part of a grant that speaks about fields. */
export interface FieldGrant {
  readonly operations: ReadonlySet<Operation>
  readonly ownStoreOnly: boolean
  readonly fields: Readonly<Partial<Record<CustomerField, Presentation>>>
}

/**
 * What a grant says about a field of a customer whom it reaches, as a width: its own word, else clear for those who
 * hold the field's `clearWith` through it, else the unit's default. A grant narrowed to the records of my store says
 * nothing about values that are not computed over records (S15).
 */
export function contribution(grant: FieldGrant, field: CustomerField, clearWithHeld: boolean): number {
  if (!grant.operations.has(viewOfField(field))) return 0
  const rule = fieldRule(field)
  if (grant.ownStoreOnly && rule.overRecords !== true) return 0
  const said = grant.fields[field]
  if (said !== undefined) return widthOf(said)
  return clearWithHeld && rule.clearWith !== undefined && grant.operations.has(rule.clearWith) ? clearWidth : widthOf(rule.default)
}

/** All that the grant shows. */
export function shows(grant: FieldGrant): ShownField[] {
  return customerFieldNames
    .map((field, place) => ({ place, width: contribution(grant, field, false), widthToSigner: contribution(grant, field, true) }))
    .filter((shown) => shown.widthToSigner > 0)
}

/** Places of the fields that the grant lets write, where they are shown. */
export function writes(grant: FieldGrant): number[] {
  return customerFieldNames.flatMap((field, place) => {
    const { writtenBy } = fieldRule(field)
    return writtenBy !== undefined && !grant.ownStoreOnly && grant.operations.has(writtenBy) ? [place] : []
  })
}
