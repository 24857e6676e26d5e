import type { EntityManager } from 'typeorm'
import { stable } from '#shared/access/index'
import { activeStaffIds, loadPeople, policyInputOf, type CompanyPolicy, type PersonFacts } from '../company-policy.ts'
import type { GrantInput, PolicyInput } from '../policy.ts'
import type { Pause } from './pause.ts'

/** People for whom the rules are the same, except for whom they own and follow. */
export interface PeopleGroup {
  /** Equal for groups whose rules are the same but for what "my departments" are. */
  readonly rulesKey: string
  readonly staffIds: string[]
  readonly before: PolicyInput
  readonly after: PolicyInput
}

export interface RulesToCompare {
  readonly before: CompanyPolicy
  readonly after: CompanyPolicy
  /** The roles of those who get others because the rules of assignment change. */
  readonly rolesAfter: ReadonlyMap<string, readonly string[]>
}

const peopleAtOnce = 500

/** Groups all active staff whose rules differ between the two; how many there are in all. */
export async function groupPeople(db: EntityManager, rules: RulesToCompare, pause: Pause): Promise<{ readonly groups: PeopleGroup[], readonly staff: number }> {
  const staffIds = await activeStaffIds(db)
  const groups = new Map<string, PeopleGroup>()
  const differ = whatDiffers(rules)
  for (let start = 0; start < staffIds.length; start += peopleAtOnce) {
    for (const person of await loadPeople(db, staffIds.slice(start, start + peopleAtOnce))) {
      const after = policyInputOf(rules.after, { ...person, roleKeys: rules.rolesAfter.get(person.staffId) ?? person.roleKeys })
      const before = policyInputOf(rules.before, person)
      if (!differ(before, after)) continue
      const rulesKey = rulesKeyOf(person, before, after, rules)
      const key = `${rulesKey} ${[...person.departmentIds].sort((a, b) => a - b).join()}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { rulesKey, staffIds: [person.staffId], before, after })
      else group.staffIds.push(person.staffId)
      await pause()
    }
  }
  return { groups: [...groups.values()], staff: staffIds.length }
}

/** Shares of one customer have the same id for every grant of a role, so the definition belongs to the name. */
const nameOf = (grant: GrantInput): string => (grant.source.kind === 'share' ? `${grant.id} ${stable(grant.grant)}` : grant.id)

/** Whether the rules of somebody might differ at all; most changes of a policy are about a few roles. */
function whatDiffers(rules: RulesToCompare): (before: PolicyInput, after: PolicyInput) => boolean {
  if (stable(rules.before.restrictions) !== stable(rules.after.restrictions)) return () => true
  const texts = new Map<GrantInput, string>()
  const textOf = (grant: GrantInput) => {
    const known = texts.get(grant)
    if (known !== undefined) return known
    const text = stable([nameOf(grant), grant.grant, grant.from, grant.until])
    texts.set(grant, text)
    return text
  }
  return (before, after) => before.grants.length !== after.grants.length
    || before.roleKeys.join() !== after.roleKeys.join()
    || before.grants.some((grant, place) => {
      const other = after.grants[place]
      return other !== grant && (other === undefined || textOf(other) !== textOf(grant))
    })
}

/** Everything that decides beside one's departments and whom one owns and follows. */
function rulesKeyOf({ staffId, departmentIds, freezes }: PersonFacts, before: PolicyInput, after: PolicyInput, rules: RulesToCompare): string {
  const named = [...rules.before.restrictions, ...rules.after.restrictions].map(({ restriction }) =>
    (restriction === null ? '' : `${restriction.subject.staffIds.includes(staffId) ? 'i' : ''}${restriction.subject.except.includes(staffId) ? 'e' : ''}`))
  // Somebody without departments, or with unknown ones, has other statements and not only other sets.
  const departments = [before.tree.live(departmentIds).size > 0, departmentIds.every((id) => before.tree.knows(id)), departmentIds.length > 0]
  return JSON.stringify([before.grants.map(nameOf), after.grants.map(nameOf), before.roleKeys, after.roleKeys, named.join(), departments, freezes.length > 0])
}
