import type { EntityManager } from 'typeorm'
import { isOperation, RoleGrant, viewOf } from '#shared/access/index'
import type { DraftGrant, PolicyFlaw } from '#shared/contracts/policy-document'
import { ProjectError } from '../errors.ts'
import { checkGrant } from './check-grant.ts'
import { defaultSettings } from './document.ts'
import { Flaws, mostRuleBytes } from './flaws.ts'
import { loadKnownNames } from './known-names.ts'
import { policySettings } from './policy.entity.ts'

const dayMs = 24 * 3_600_000

/** How long access with an end may last at most: the company's setting, never beyond the product's. */
export async function longestMs(db: EntityManager, name: 'temporaryGrantDays' | 'shareDays'): Promise<number> {
  const set = (await db.getRepository(policySettings).findOneBy({ name }))?.value ?? defaultSettings[name]
  return Math.min(defaultSettings[name], Math.max(1, set)) * dayMs
}

export interface Period {
  readonly from: number
  readonly until: number
}

/** Adds what is wrong with a period that begins now or later. */
export function checkPeriod(flaws: Flaws, { from, until }: Period, now: number, longest: number): void {
  if (until <= now) flaws.add('until', 'until', 'over_already')
  else if (until <= from) flaws.add('until', 'until', 'empty_period')
  else if (until - Math.max(from, now) > longest) flaws.add('until', 'until', 'too_long')
  if (from > now + longest) flaws.add('from', 'from', 'too_long')
}

export interface WantedGrant extends Period {
  readonly grant: DraftGrant
  readonly allowChanges: boolean
}

/** The grant that was meant. Throws `grant.flawed` with everything that is wrong. */
export async function checkedGrant(db: EntityManager, wanted: WantedGrant, now: number): Promise<RoleGrant> {
  const flaws = new Flaws()
  const { grant } = wanted
  checkGrant({ flaws, names: await loadKnownNames(db, []), item: 'grant', of: 'temporary' }, 'grant', grant)
  for (const [at, operation] of grant.operations.entries()) {
    if (!wanted.allowChanges && isOperation(operation) && viewOf(operation) !== operation) flaws.add(`grant.operations.${at}`, 'grant', 'changes_not_asked', operation)
  }
  if (Buffer.byteLength(JSON.stringify(grant)) > mostRuleBytes) flaws.add('grant', 'grant', 'too_large')
  checkPeriod(flaws, wanted, now, await longestMs(db, 'temporaryGrantDays'))
  const parsed = RoleGrant.safeParse(grant)
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const place = ['grant', ...issue.path].map(String).join('.')
    if (!flaws.covers(place)) flaws.add(place, 'grant', 'shape')
  }
  throwFlaws('grant.flawed', flaws)
  if (!parsed.success) throw flawed('grant.flawed', [])
  return parsed.data
}

/** Throws when anything was found. */
export function throwFlaws(code: 'grant.flawed' | 'share.flawed', flaws: Flaws): void {
  if (flaws.all().length > 0) throw flawed(code, flaws.all())
}

function flawed(code: 'grant.flawed' | 'share.flawed', flaws: readonly PolicyFlaw[]): ProjectError {
  return new ProjectError(code, 400, { places: flaws.slice(0, 50).map((flaw) => flaw.place), flaws: flaws.slice(0, 50) })
}
