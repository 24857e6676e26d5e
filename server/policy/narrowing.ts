import { stable } from '#shared/access/index'
import type { PolicyDocument, PolicyNodeGrant } from '#shared/contracts/policy-document'
import { defaultRoleLimits, fallbackLimits, grantsCover, type Limits } from '../access/index.ts'

/**
 * Whether nobody can gain anything when `after` takes the place of `before`, whatever happens to people and customers later.
 * Such a change may be made at once by one person (docs/access.md, "Policy versions"); any other needs a second one.
 */
export function onlyNarrows(before: PolicyDocument, after: PolicyDocument, now: number): boolean {
  return rolesNarrow(before, after) && restrictionsStay(before, after, now) && nodeGrantsNarrow(before, after)
    // Other rules give other roles, and which of them reach less depends on who is there.
    && stable(before.templateRules) === stable(after.templateRules)
    && limitsStay(before, after)
    && after.settings.temporaryGrantDays <= before.settings.temporaryGrantDays && after.settings.shareDays <= before.settings.shareDays
}

function rolesNarrow(before: PolicyDocument, after: PolicyDocument): boolean {
  return after.roles.every((role) => grantsCover(before.roles.find((one) => one.roleKey === role.roleKey)?.grants ?? [], role.grants))
}

/** Every restriction is there still, word for word; one whose time is over may go. */
function restrictionsStay(before: PolicyDocument, after: PolicyDocument, now: number): boolean {
  return before.restrictions.every((one) => (one.definition.until !== undefined && one.definition.until <= now)
    || after.restrictions.some((other) => stable(other) === stable(one)))
}

function nodeGrantsNarrow(before: PolicyDocument, after: PolicyDocument): boolean {
  return after.nodeGrants.every((one) => before.nodeGrants.some((other) => nodeGrantCovers(other, one)))
}

function nodeGrantCovers(wide: PolicyNodeGrant, narrow: PolicyNodeGrant): boolean {
  return wide.nodeKey === narrow.nodeKey && (wide.keepsOpen || !narrow.keepsOpen)
    && narrow.subject.roles.every((role) => wide.subject.roles.includes(role))
    && narrow.subject.staffIds.every((id) => wide.subject.staffIds.includes(id))
    && grantsCover([wide.grant], [narrow.grant])
}

/** No role may open or reveal more; where a document says nothing about a role, the product's own limit counts. */
function limitsStay(before: PolicyDocument, after: PolicyDocument): boolean {
  const limitOf = (document: PolicyDocument, roleKey: string): Limits => document.limits.find((one) => one.roleKey === roleKey) ?? defaultRoleLimits[roleKey] ?? fallbackLimits
  return [...before.roles, ...after.roles].every(({ roleKey }) => {
    const [was, is] = [limitOf(before, roleKey), limitOf(after, roleKey)]
    return is.cardsPerHour <= was.cardsPerHour && is.cardsPerDay <= was.cardsPerDay && is.revealsPerDay <= was.revealsPerDay
  })
}
