import { In, LessThan } from 'typeorm'
import { z } from 'zod'
import {
  createPolicyDraft, discardPolicyDraft, endRestriction as endRestrictionContract, listPolicyDrafts, listPolicyVersions, publishPolicyDraft, readPolicy, readPolicyDraft, readPolicyPreview,
  readPolicyVersion, readPolicyWords, rebasePolicyDraft, restrictAtOnce as restrictAtOnceContract, savePolicyDraft, startPolicyPreview, validatePolicyDraft, withdrawPolicyDraft,
} from '#shared/contracts/policy'
import { campaigns, roleTemplates, selectNamed } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { present, ProjectError } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { departments } from '../organization/index.ts'
import { changesBetween } from './compare-documents.ts'
import { createDraft, claimDraft, draftDocument, findDraft, flawsOf, rebaseDraft, saveDraft, unfinished } from './drafts.ts'
import { peopleOf, staffNamedIn } from './known-names.ts'
import { countHolders, differencesToTemplates, presentDraft, presentHeads, presentVersions } from './policy.presenter.ts'
import { policyDrafts, policyPreviews, policyVersions, type PolicyDraftRow } from './policy.entity.ts'
import { requireOperator, type PolicyOptions } from './policy-options.ts'
import { presentPreview } from './preview.presenter.ts'
import { startPreview } from './previews.ts'
import { endRestriction, publishDraft } from './publish-draft.ts'
import { publishKey, restrictAtOnce } from './put-in-force.ts'
import { currentPolicy, documentOf, findVersion } from './versions.ts'

export function policyRoutes(options: PolicyOptions): Route[] {
  return [...readingRoutes(options), ...draftRoutes(options), ...publishingRoutes(options)]
}

function readingRoutes(options: PolicyOptions): Route[] {
  const { db } = options.database
  return [
    route(readPolicy, async () => {
      const { version, document, unreadable } = await currentPolicy(options)
      const [shown] = await presentVersions(db, [version])
      return {
        version: present(shown, 'the version just read'), document, unreadable: [...unreadable],
        templates: roleTemplates.map(({ roleKey, label, grants }) => ({ roleKey, label, grants: [...grants] })),
        differences: differencesToTemplates(document), people: await peopleOf(db, staffNamedIn(document)), holders: await countHolders(db),
      }
    }),
    route(readPolicyWords, () => readWords(options)),
    route(listPolicyVersions, async ({ query }) => {
      await currentPolicy(options)
      const rows = await db.getRepository(policyVersions).find({ where: query.before === undefined ? {} : { number: LessThan(query.before) }, order: { number: 'DESC' }, take: query.limit + 1 })
      const items = await presentVersions(db, rows.slice(0, query.limit))
      return { items, nextBefore: rows.length > query.limit ? items.at(-1)?.number ?? null : null }
    }),
    route(readPolicyVersion, async ({ params }) => {
      await currentPolicy(options)
      const version = await findVersion(db, params.number)
      const document = await documentOf(db, version)
      const before = params.number === 1 ? document : await documentOf(db, await findVersion(db, params.number - 1))
      const [shown] = await presentVersions(db, [version])
      return { version: present(shown, 'the version just read'), document, changes: changesBetween(before, document), people: await peopleOf(db, staffNamedIn(document)) }
    }),
  ]
}

const Word = z.array(z.object({ word: z.string() }))
const Tag = z.array(z.object({ id: z.string(), name: z.string(), groupId: z.string(), groupName: z.string() }))

async function readWords({ database: { db } }: PolicyOptions) {
  const words = async (sql: string) => Word.parse(await selectNamed(db, sql, {})).map((row) => row.word)
  const tree = await db.getRepository(departments).find({ order: { position: 'DESC', id: 'ASC' } })
  const tags = Tag.parse(await selectNamed(db, 'SELECT id, name, group_id AS groupId, group_name AS groupName FROM tags WHERE deleted_at IS NULL ORDER BY group_id, position DESC, id', {}))
  const groups = new Map(tags.map((tag) => [tag.groupId, tag.groupName]))
  const running = await db.getRepository(campaigns).find({ order: { createdAt: 'DESC' }, take: 200 })
  return {
    departments: tree.filter((row) => row.deletedAt === null).map(({ id, name, parentId, kind }) => ({ id, name, parentId, kind })),
    tagGroups: [...groups].map(([id, name]) => ({ id, name, tags: tags.filter((tag) => tag.groupId === id).map((tag) => ({ id: tag.id, name: tag.name })) })),
    taskTypes: await words('SELECT DISTINCT task_type AS word FROM customer_task_facts ORDER BY task_type LIMIT 500'),
    nodeKeys: await words('SELECT DISTINCT node_key AS word FROM customer_node_facts UNION SELECT DISTINCT node_key AS word FROM node_grants WHERE ended_at IS NULL ORDER BY word LIMIT 500'),
    campaigns: running.map(({ campaignKey, name }) => ({ campaignKey, name })),
  }
}

function draftRoutes(options: PolicyOptions): Route[] {
  const { db } = options.database
  /** Changes a draft in one transaction, under the rules as they are inside it, and answers with it. */
  const change = async (staffId: string, run: (work: UnitOfWork) => Promise<PolicyDraftRow>) => {
    const row = await options.database.transaction(async (work) => {
      await requireOperator(options, work, staffId)
      return run(work)
    })
    return presentDraft(options, db, row)
  }
  return [
    route(listPolicyDrafts, async () => {
      const { version } = await currentPolicy(options)
      const rows = await db.getRepository(policyDrafts).find({ where: { state: In([...unfinished]) }, order: { updatedAt: 'DESC', id: 'DESC' } })
      return { items: await presentHeads(db, rows, version.number) }
    }),
    route(createPolicyDraft, ({ body }, { actor }) => change(actor.staffId, (work) => createDraft(options, work, actor.staffId, body))),
    route(readPolicyDraft, async ({ params }) => presentDraft(options, db, await findDraft(db, params.id))),
    route(savePolicyDraft, ({ params, body }, { actor }) => change(actor.staffId, (work) => saveDraft(options, work, { ...body, id: params.id, staffId: actor.staffId }))),
    route(discardPolicyDraft, async ({ params, query }, { actor }) => {
      await change(actor.staffId, (work) => discardDraft(options, work, { id: params.id, version: query.version, staffId: actor.staffId }))
      return { discarded: true }
    }),
    route(validatePolicyDraft, async ({ params }) => {
      const flaws = await flawsOf(options, db, await draftDocument(db, await findDraft(db, params.id)))
      return { flaws, publishable: flaws.every((flaw) => !flaw.blocking) }
    }),
    route(rebasePolicyDraft, async ({ params, body }, { actor }) => {
      const { draft, conflicts } = await options.database.transaction(async (work) => {
        await requireOperator(options, work, actor.staffId)
        return rebaseDraft(options, work, { id: params.id, version: body.version, staffId: actor.staffId })
      })
      return { draft: await presentDraft(options, db, draft), conflicts: [...conflicts] }
    }),
    route(withdrawPolicyDraft, ({ params }, { actor }) => change(actor.staffId, (work) => takeBack(options, work, params.id))),
  ]
}

/** Taking a wish back widens nothing, so any holder of the right may do it. */
async function takeBack(options: PolicyOptions, work: UnitOfWork, id: string): Promise<PolicyDraftRow> {
  const draft = await findDraft(work.db, id)
  if (draft.state !== 'waiting') throw new ProjectError('policy.draft_closed', 409, { state: draft.state })
  await options.approvals.withdrawUnder(work, publishKey(id))
  return findDraft(work.db, id)
}

async function discardDraft(options: PolicyOptions, work: UnitOfWork, edit: { readonly id: string, readonly version: number, readonly staffId: string }): Promise<PolicyDraftRow> {
  const before = await findDraft(work.db, edit.id)
  const open = before.state === 'waiting' && before.version === edit.version ? await takeBack(options, work, edit.id) : before
  const row = await claimDraft(options, work, { ...edit, version: before === open ? edit.version : open.version })
  await work.db.getRepository(policyDrafts).update({ id: row.id }, { state: 'discarded' })
  await options.audit.record(work.db, {
    actorKind: 'staff', actorId: edit.staffId, action: 'policy.draft-discarded', operation: 'system.policy.operate', subjectKind: 'policy-draft', subjectId: row.id, outcome: 'done',
  })
  return { ...row, state: 'discarded' }
}

function publishingRoutes(options: PolicyOptions): Route[] {
  const { database: { db } } = options
  return [
    route(startPolicyPreview, async ({ params }, { actor }) => {
      const row = await options.database.transaction((work) => startPreview(options, work, params.id, actor.staffId))
      return { previewId: row.id, state: row.state }
    }),
    route(readPolicyPreview, async ({ params }, { actor }) => {
      const row = await db.getRepository(policyPreviews).findOneBy({ id: params.id })
      if (row === null) throw new ProjectError('policy.preview_not_found', 404)
      return presentPreview(options, actor, row)
    }),
    route(publishPolicyDraft, ({ params, body }, { actor }) => publishDraft(options, { id: params.id, ...body, staffId: actor.staffId })),
    route(restrictAtOnceContract, ({ body }, { actor }) => onTheNewestVersion(() => options.database.transaction(async (work) => {
      await requireOperator(options, work, actor.staffId)
      return restrictAtOnce(options, work, actor.staffId, body)
    }))),
    route(endRestrictionContract, ({ params, body }, { actor }) => endRestriction(options, actor.staffId, { id: params.id, ...body })),
  ]
}

const attempts = 5

/** An emergency does not lose against somebody who publishes at the same moment: it is tried on what he published. */
async function onTheNewestVersion<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt >= attempts || !(error instanceof ProjectError) || error.code !== 'policy.base_changed') throw error
    }
  }
}
