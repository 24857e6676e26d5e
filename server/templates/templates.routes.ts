import { In } from 'typeorm'
import {
  createTemplate, listStaffLevels, listTemplates, listTemplateVersions, listTopTemplates, readTemplate, readTemplateWords, retireTemplate as retireContract, saveTemplate, screenTemplate, setStaffLevel as setLevelContract,
  submitTemplate as submitContract,
} from '#shared/contracts/templates'
import { templateVariables } from '#shared/template-words'
import { roles, type ActorAccess } from '../access/index.ts'
import { ProjectError } from '../errors.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { setStaffLevel, staff } from '../organization/index.ts'
import { versionOf } from './find-template.ts'
import { readTemplates, type Listed } from './list-templates.ts'
import { mediaRoutes } from './media/media.routes.ts'
import { retireTemplate } from './retire-template.ts'
import { createDraft, saveDraft } from './save-draft.ts'
import { screenContent } from './screen-content.ts'
import { submitTemplate } from './submit-template.ts'
import { bytesOf } from './template-content.ts'
import { presentItems, presentTemplate, presentVersions } from './template.presenter.ts'
import { templates, templateVersions } from './template.entity.ts'
import { isAllowed, isEditor, type TemplateOptions } from './template-options.ts'
import { resultsOfTemplates } from './template-uses.ts'
import { isUsable, usingOf } from './usable-template.ts'
import { unknownIn } from './variables.ts'

export type TemplateRoutes = TemplateOptions & { readonly cursors: Cursors }

/** Templates belong to a department and a creator, and know no customer. */
export function templateRoutes(options: TemplateRoutes): Route[] {
  return [
    ...readingRoutes(options), ...writingRoutes(options), ...levelRoutes(options),
    ...mediaRoutes({ ...options, readable: async (actor, templateId) => [(await findReadable(options, actor, templateId)).version] }),
  ]
}

function readingRoutes(options: TemplateRoutes): Route[] {
  const { database: { db }, cursors, screenings } = options
  return [
    route(listTemplates, async ({ query }, { actor }) => {
      const { cursor, limit, ...filter } = query
      const list = { templates: filter }
      const found = await readTemplates(db, actor, filter, cursors.read(actor.staffId, list, cursor), limit + 1)
      const shown = found.slice(0, limit)
      const last = shown.at(-1)
      return {
        items: await presentItems(db, shown),
        nextCursor: found.length > limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.row.createdAt, id: last.row.id }) : null,
      }
    }),
    route(readTemplateWords, async () => ({
      roles: (await db.getRepository(roles).find({ select: { roleKey: true, label: true }, order: { roleKey: 'ASC' } })).map(({ roleKey, label }) => ({ key: roleKey, label })),
      variables: [...templateVariables],
    })),
    route(readTemplate, async ({ params }, { actor }) => presentTemplate(db, actor, (await screenings.inForce()).screener, await findReadable(options, actor, params.id))),
    route(listTemplateVersions, async ({ params }, { actor }) => {
      const { row, version } = await findReadable(options, actor, params.id)
      if (!isEditor(actor, row, version)) throw new ProjectError('template.not_found', 404)
      return { items: await presentVersions(db, await db.getRepository(templateVersions).find({ where: { templateId: row.id }, order: { ordinal: 'DESC' } })) }
    }),
    route(listTopTemplates, async (_, { actor }) => {
      const results = new Map((await resultsOfTemplates(db, actor.now)).map((one) => [one.templateId, one]))
      const rows = results.size === 0 ? [] : await db.getRepository(templates).findBy({ id: In([...results.keys()]) })
      const versions = new Map((rows.length === 0 ? [] : await db.getRepository(templateVersions).findBy({ id: In(rows.map((row) => row.liveVersionId ?? row.currentVersionId)) })).map((version) => [version.id, version]))
      const items = rows.flatMap((row) => {
        const version = versions.get(row.liveVersionId ?? row.currentVersionId)
        const result = results.get(row.id)
        if (version === undefined || result === undefined || !isAllowed(actor, 'marketing.templates.operate', row, version)) return []
        const { uses, converted, replies, visits, orders, contracts } = result
        return [{ id: row.id, number: row.number, name: version.name, category: version.category, uses, converted, replies, visits, orders, contracts }]
      })
      return { items: items.sort((one, other) => other.converted - one.converted || one.uses - other.uses || one.number - other.number).slice(0, 20) }
    }),
  ]
}

/** What this person may read of a template: as an editor or its creator the version that is written, else the one in use if he may use it. */
async function findReadable({ database: { db } }: TemplateOptions, actor: ActorAccess, templateId: string): Promise<Listed> {
  const row = await db.getRepository(templates).findOneBy({ id: templateId })
  if (row === null) throw new ProjectError('template.not_found', 404)
  const current = await versionOf(db, row.currentVersionId)
  const isOwn = row.creatorStaffId === actor.staffId && isAllowed(actor, 'marketing.templates.view', row, current)
  if (isOwn || isEditor(actor, row, current)) return { row, version: current }
  const live = row.liveVersionId === null ? null : await versionOf(db, row.liveVersionId)
  if (live === null || !isUsable(await usingOf(db, actor), row, live)) throw new ProjectError('template.not_found', 404)
  return { row, version: live }
}

function writingRoutes(options: TemplateRoutes): Route[] {
  const { database, audit, screenings } = options
  return [
    route(createTemplate, async ({ body }, { actor }) => {
      const { hits, ...saved } = await database.transaction((work) => createDraft(options, work, actor.staffId, body))
      return { ...saved, hits: [...hits] }
    }),
    route(saveTemplate, async ({ params, body }, { actor }) => {
      const { hits, ...saved } = await database.transaction((work) => saveDraft(options, work, actor.staffId, { templateId: params.id, ...body }))
      return { ...saved, hits: [...hits] }
    }),
    route(screenTemplate, async ({ body }) => {
      const { verdict, hits } = screenContent((await screenings.inForce()).screener, body)
      return { verdict, hits: [...hits], unknownVariables: unknownIn(body.text).map((name) => name.slice(0, 80)), bytes: bytesOf(body.text) }
    }),
    route(submitContract, async ({ params, body }, { actor, requestId }) => {
      try {
        return await database.transaction((work) => submitTemplate(options, work, actor.staffId, { templateId: params.id, ...body }))
      } catch (error) {
        if (error instanceof ProjectError && error.code === 'template.blocked') {
          await audit.recordAlone({
            actorKind: 'staff', actorId: actor.staffId, action: 'template.blocked', operation: 'marketing.templates.edit', subjectKind: 'template', subjectId: params.id, outcome: 'refused', requestId,
          })
        }
        throw error
      }
    }),
    route(retireContract, async ({ params, body }, { actor }) => {
      await database.transaction((work) => retireTemplate(options, work, actor.staffId, { templateId: params.id, ...body }))
      return { retired: true }
    }),
  ]
}

function levelRoutes(options: TemplateRoutes): Route[] {
  const { database } = options
  return [
    route(setLevelContract, async ({ params, body }, { actor }) => {
      await database.transaction((work) => setStaffLevel(options, work, actor.staffId, params.userid, body.level))
      return { level: body.level }
    }),
    route(listStaffLevels, async (_, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const rows = await database.db.getRepository(staff).find({ where: { level: In([1, 2, 3]), status: 'active' }, order: { userid: 'ASC' } })
      return { items: rows.map(({ userid, name, level }) => ({ userid, name, level: level ?? 0 })) }
    }),
  ]
}
