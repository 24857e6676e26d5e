import { confirmQuickReply, listQuickReplies, sendQuickReply, type ReplyRefusal, type TemplateAttachment } from '#shared/contracts/templates'
import { findVisible, refusalsOf, type Cards } from '../customers/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import type { Sealer } from '../sealing.ts'
import type { WecomClient } from '../wecom/index.ts'
import { createMediaIds, type MediaIds } from './media/media-ids.ts'
import { readTemplates } from './list-templates.ts'
import { confirmReply, receiptFor } from './confirm-reply.ts'
import { refusalError, writerFor, type FilledReply } from './quick-replies.ts'
import type { TemplateOptions } from './template-options.ts'
import { usableOf, usableTemplate, type UsableTemplate } from './usable-template.ts'

export type QuickReplyRoutes = TemplateOptions & { readonly cards: Cards, readonly sealer: Sealer, readonly wecom: Pick<WecomClient, 'uploadMedia'>, readonly clock: () => number }

const mostShown = 50

/** Texts of the library for the customer with whom somebody is talking (S38, S39). */
export function quickReplyRoutes(options: QuickReplyRoutes): Route[] {
  return [listRoute(options), sendRoute(options), confirmRoute(options)]
}

function listRoute({ database: { db }, screenings, cards, sealer }: QuickReplyRoutes): Route {
  return route(listQuickReplies, async ({ params, query }, context) => {
    const { actor } = context
    const found = await cards.open(context, params.externalUserId)
    const listed = await readTemplates(db, actor, { which: 'usable', use: 'quick-reply', ...query }, null, mostShown + 1)
    const writer = await writerFor(db, actor, found, (await screenings.inForce()).screener, sealer)
    return {
      items: listed.slice(0, mostShown).map(({ row, version }) => {
        const template = usableOf(row, version)
        return { templateId: row.id, versionId: version.id, number: row.number, name: version.name, category: version.category, attachments: [...version.attachments], ...writer.fill(template) }
      }),
      more: listed.length > mostShown,
      refusesContact: (await refusalsOf(db, [found.customer.id])).size > 0,
    }
  })
}

interface Sent {
  readonly customerId: string
  readonly template: UsableTemplate
  readonly reply: FilledReply
  readonly receipt: string
}

function sendRoute(options: QuickReplyRoutes): Route {
  const { database, audit, cards } = options
  const media = createMediaIds(options)
  return route(sendQuickReply, async ({ params, body }, context) => {
    const { signedIn, requestId } = context
    await cards.open(context, params.externalUserId)
    const { customerId, template, reply, receipt } = await database.transaction((work) => fillAndRecord(options, work, { staffId: signedIn.staffId, externalUserId: params.externalUserId, ...body, requestId }))
    if (reply.refused === null) return { text: reply.text, attachments: await freshAttachments(media, template.attachments), receipt }
    await audit.recordAlone({
      actorKind: 'staff', actorId: signedIn.staffId, action: 'template.reply-refused', operation: 'marketing.templates.view', subjectKind: 'customer', subjectId: customerId, outcome: 'refused', requestId,
      details: { template: template.id, code: reply.refused.code, categories: categoriesOf(reply.refused) },
    })
    throw refusalError(reply.refused)
  })
}

function confirmRoute({ database, sealer }: QuickReplyRoutes): Route {
  return route(confirmQuickReply, async ({ body }, { actor }) => {
    await confirmReply(database, sealer, { receipt: body.receipt, staffId: actor.staffId, now: actor.now })
    return { counted: true as const }
  })
}

/** With media ids of WeCom, as the chat takes them. What fails here was not sent, as a person would see. */
async function freshAttachments(media: MediaIds, attachments: readonly TemplateAttachment[]): Promise<TemplateAttachment[]> {
  const fresh: TemplateAttachment[] = []
  try {
    for (const one of attachments) {
      if (one.type === 'file' || one.type === 'video') fresh.push({ ...one, mediaId: await media.fresh(one.mediaId) })
      else if (one.type === 'image' && one.mediaId !== null) fresh.push({ ...one, mediaId: await media.fresh(one.mediaId) })
      else fresh.push(one)
    }
    return fresh
  } catch (error) {
    throw new ProjectError('template.media_unavailable', 503, {}, { cause: error })
  }
}

const categoriesOf = ({ hits }: ReplyRefusal): string[] => [...new Set(hits.map((hit) => hit.category))]

interface Wanted {
  readonly staffId: string
  readonly externalUserId: string
  readonly templateId: string
  readonly versionId: string
  readonly requestId: string
}

/** By the rules, the words and the template as they are inside this transaction; what may leave is on record before it does, and counted when the chat says that it did. */
async function fillAndRecord({ access, audit, screenings, sealer }: QuickReplyRoutes, work: UnitOfWork, wanted: Wanted): Promise<Sent> {
  const { db } = work
  const actor = await access.actorFor(wanted.staffId, db)
  const found = await findVisible(db, actor, wanted.externalUserId)
  const template = await usableTemplate(db, actor, wanted.templateId)
  if (template === null || !template.uses.includes('quick-reply')) throw new ProjectError('template.not_found', 404)
  // What leaves is what was read before the tap.
  if (template.versionId !== wanted.versionId) throw new ProjectError('template.changed', 409)
  const customerId = found.customer.id
  const reply = (await writerFor(db, actor, found, (await screenings.inForce(db)).screener, sealer)).fill(template)
  if (reply.refused !== null) return { customerId, template, reply, receipt: '' }
  await audit.record(db, {
    actorKind: 'staff', actorId: actor.staffId, action: 'template.reply-sent', operation: 'marketing.templates.view', subjectKind: 'customer', subjectId: customerId, outcome: 'done', requestId: wanted.requestId,
    details: { template: template.id, version: template.versionId },
  })
  return { customerId, template, reply, receipt: receiptFor(sealer, { templateId: template.id, versionId: template.versionId, staffId: actor.staffId, customerId, usedAt: actor.now }) }
}
