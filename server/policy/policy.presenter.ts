import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { matrixDifferences } from '#shared/access/index'
import type { PolicyDraft, PolicyDraftHead, PolicyPerson, PolicyVersion } from '#shared/contracts/policy'
import { PolicyDocument, type DraftDocument } from '#shared/contracts/policy-document'
import { isRoleTemplateKey, roleTemplates, selectNamed } from '../access/index.ts'
import { present } from '../errors.ts'
import { checkDocument } from './check-document.ts'
import { changesBetween } from './compare-documents.ts'
import { draftDocument } from './drafts.ts'
import { loadKnownNames, peopleOf, staffNamedIn } from './known-names.ts'
import { onlyNarrows } from './narrowing.ts'
import type { PolicyDraftRow, PolicyVersionRow } from './policy.entity.ts'
import type { PolicyOptions } from './policy-options.ts'
import { latestPreview } from './previews.ts'
import { currentPolicy, documentOf, findVersion, restoredBy } from './versions.ts'

type People = ReadonlyMap<string, PolicyPerson>

/** The people behind these ids, by id; unknown ones are missing. */
export async function namesOf(db: EntityManager, staffIds: readonly (string | null)[]): Promise<People> {
  return new Map((await peopleOf(db, staffIds.filter((id) => id !== null))).map((person) => [person.staffId, person]))
}

const personIn = (people: People, id: string | null): PolicyPerson | null => (id === null ? null : people.get(id) ?? null)

export async function presentVersions(db: EntityManager, rows: readonly PolicyVersionRow[]): Promise<PolicyVersion[]> {
  const people = await namesOf(db, rows.flatMap((row) => [row.createdBy, row.approvedBy]))
  return rows.map(({ number, contentHash, kind, restores, note, createdAt, createdBy, approvedBy }) =>
    ({ number, contentHash, kind, restores, note, createdAt, createdBy: personIn(people, createdBy), approvedBy: personIn(people, approvedBy) }))
}

/** What differs from the product's templates, role by role; roles that do not differ are left out. */
export function differencesToTemplates(document: PolicyDocument) {
  return document.roles.flatMap(({ roleKey, grants }) => {
    const template = roleTemplates.find((one) => one.roleKey === roleKey)
    const cells = matrixDifferences(template?.grants ?? [], grants).map(({ operation, change }) => ({ operation, change }))
    const own = !isRoleTemplateKey(roleKey)
    return cells.length === 0 && !own ? [] : [{ roleKey, own, cells: own ? [] : cells }]
  })
}

const Holders = z.array(z.object({ roleKey: z.string(), staff: z.coerce.number() }))

export async function countHolders(db: EntityManager) {
  return Holders.parse(await selectNamed(db,
    `SELECT held.role_key AS roleKey, COUNT(*) AS staff FROM staff_roles held JOIN staff s ON s.id = held.staff_id WHERE s.status = 'active' GROUP BY held.role_key ORDER BY held.role_key`, {}))
}

export async function presentHeads(db: EntityManager, rows: readonly PolicyDraftRow[], currentNumber: number): Promise<PolicyDraftHead[]> {
  const people = await namesOf(db, rows.flatMap((row) => [row.createdBy, row.updatedBy]))
  return Promise.all(rows.map(async ({ id, name, state, version, baseNumber, updatedAt, requestId, publishedNumber, ...row }) => ({
    id, name, state, version, baseNumber, currentNumber, updatedAt, requestId, publishedNumber,
    restores: await restoredBy(db, row.contentHash, baseNumber),
    createdBy: personIn(people, row.createdBy), updatedBy: personIn(people, row.updatedBy),
  })))
}

/** A draft with everything that its editor wants to know about it. */
export async function presentDraft(options: PolicyOptions, db: EntityManager, row: PolicyDraftRow): Promise<PolicyDraft> {
  const document = await draftDocument(db, row)
  const { version, document: inForce } = await currentPolicy(options, db === options.database.db ? undefined : db)
  const base = row.baseNumber === version.number ? inForce : await documentOf(db, await findVersion(db, row.baseNumber))
  const flaws = checkDocument(document, await loadKnownNames(db, staffNamedIn(document)), inForce)
  const [head] = await presentHeads(db, [row], version.number)
  const preview = await latestPreview(db, row)
  return {
    ...present(head, 'the head of a draft'), document, flaws,
    changes: changesBetween(base, document),
    narrowing: flaws.some((flaw) => flaw.blocking) ? null : narrows(inForce, document, options.access.clock.now()),
    previewId: preview?.id ?? null,
    people: await peopleOf(db, staffNamedIn(document)),
  }
}

function narrows(inForce: PolicyDocument, document: DraftDocument, now: number): boolean | null {
  const parsed = PolicyDocument.safeParse(document)
  return parsed.success ? onlyNarrows(inForce, parsed.data, now) : null
}
