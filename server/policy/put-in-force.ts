import { v7 as uuid } from 'uuid'
import { Restriction } from '#shared/access/index'
import type { DraftRestriction, PolicyDocument } from '#shared/contracts/policy-document'
import { administration, administratorRemains, assertAdministratorRemains, companyPolicyFrom, loadCompanyPolicy } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { reassignRoles } from '../organization/index.ts'
import { checkRestrictionAlone } from './check-document.ts'
import { inOrder } from './document.ts'
import { loadKnownNames, staffNamedBy } from './known-names.ts'
import { writeLivePolicy } from './live-document.ts'
import { policyDrafts, type PolicyVersionRow } from './policy.entity.ts'
import type { PolicyOptions } from './policy-options.ts'
import { ruleChanges } from './rule-changes.ts'
import { addVersion, currentPolicy, type CurrentPolicy, type NewVersion } from './versions.ts'

/** The name under which the publishing of a draft waits for its second person. */
export const publishKey = (draftId: string): string => `policy-publish:${draftId}`

/**
 * Puts a document in force, all of it in the caller's transaction: the tables that decide, the version, the roles that its rules
 * give, the epoch, the audit. Requests that wait for another content on the old base are closed.
 * Throws `policy.base_changed`, `access.last_administrator` and `access.only_administrator`, which undo everything.
 */
export async function putInForce(options: PolicyOptions, work: UnitOfWork, current: CurrentPolicy, document: PolicyDocument, version: Omit<NewVersion, 'now'>): Promise<PolicyVersionRow> {
  const now = options.access.clock.now()
  const before = await administration(work.db, now)
  const moved = await ruleChanges(work.db, current.document.templateRules, document.templateRules)
  const added = await addVersion(work.db, current.version.number, inOrder(document), { ...version, now })
  await writeLivePolicy(work, document, now)
  await reassignRoles(work.db, moved.map((change) => change.person), now)
  await assertAdministratorRemains(work.db, now, version.createdBy === null || version.approvedBy !== null ? undefined : { by: version.createdBy, before })
  await options.access.raiseEpoch(work)
  await options.audit.record(work.db, {
    actorKind: version.createdBy === null ? 'system' : 'staff', actorId: version.createdBy, action: 'policy.published', operation: 'system.policy.operate',
    subjectKind: 'policy', subjectId: String(added.number), outcome: 'done',
    details: { version: added.number, hash: added.contentHash, kind: added.kind, roles: moved.length, ...(version.approvedBy === null ? {} : { approvedBy: version.approvedBy }), ...(version.restores === null ? {} : { restores: version.restores }) },
  })
  for (const draft of await work.db.getRepository(policyDrafts).findBy({ state: 'waiting' })) await options.approvals.withdrawUnder(work, publishKey(draft.id))
  return added
}

/** Throws `access.last_administrator` for a document under which nobody active would hold the right over the rules. */
export async function assertAdministratorUnder(options: PolicyOptions, work: UnitOfWork, document: PolicyDocument): Promise<void> {
  const company = companyPolicyFrom(await loadCompanyPolicy(work.db), document)
  if (!administratorRemains(await administration(work.db, options.access.clock.now(), company))) throw new ProjectError('access.last_administrator', 409)
}

const mostRestrictions = 500

/**
 * Sets one restriction at once, as a version of its own: taking a right needs no second person (DESIGN of approvals).
 * Throws `policy.flawed`, `policy.base_changed`, `access.last_administrator`, `access.only_administrator`.
 */
export async function restrictAtOnce(options: PolicyOptions, work: UnitOfWork, staffId: string, wanted: { readonly definition: DraftRestriction, readonly note: string }): Promise<{ readonly id: string, readonly number: number }> {
  const current = await currentPolicy(options, work.db)
  const names = await loadKnownNames(work.db, staffNamedBy(wanted.definition))
  const flaws = checkRestrictionAlone(wanted.definition, names, new Set(current.document.roles.map((role) => role.roleKey)))
  const parsed = Restriction.safeParse(wanted.definition)
  const full = current.document.restrictions.length >= mostRestrictions
  if (flaws.length > 0 || !parsed.success || full) {
    throw new ProjectError('policy.flawed', 409, {
      count: Math.max(1, flaws.length), places: flaws.length === 0 ? ['definition'] : flaws.slice(0, 20).map((flaw) => flaw.place), codes: full ? ['too_many'] : flaws.length === 0 ? ['shape'] : flaws.slice(0, 20).map((flaw) => flaw.code),
    })
  }
  const id = uuid()
  const document = { ...current.document, restrictions: [...current.document.restrictions, { id, definition: parsed.data }] }
  const version = await putInForce(options, work, current, document, { kind: 'emergency', restores: null, note: wanted.note, createdBy: staffId, approvedBy: null })
  return { id, number: version.number }
}
