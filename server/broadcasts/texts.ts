import type { EntityManager } from 'typeorm'
import { mostTextBytes } from '#shared/template-words'
import { ProjectError } from '../errors.ts'
import type { Screening } from '../screening/index.ts'
import type { ActorAccess } from '../access/index.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import type { Attachment, UsableTemplate } from './ports.ts'

/** A text as one sender will send it, scanned as it stands (S39). */
export interface SenderText {
  readonly staffId: string
  readonly text: string
  /** What the findings are about: the text, with what the attachments say where that stops it. */
  readonly screened: string
  readonly screening: Screening
}

/** What a customer reads or follows in attachments; empty: nothing. They were judged with their template, so only what blocks counts here. */
export const wordsIn = (attachments: readonly Attachment[]): string =>
  attachments.flatMap((one) => (one.type === 'link' ? [one.title, one.desc, one.url] : one.type === 'miniprogram' ? [one.title] : [])).filter((words) => words !== '').join('\n')

/**
 * The template that the actor may use for a broadcast now. Throws `broadcast.template_unusable`, and `broadcast.customer_variables`
 * for one with variables of the customer: WeCom sends one text for a whole task (path/92135).
 */
export async function usableForBroadcast({ ports }: Pick<BroadcastOptions, 'ports'>, db: EntityManager, actor: ActorAccess, templateId: string): Promise<UsableTemplate> {
  const template = await ports.templates.usable(db, actor, templateId)
  if (template === null || !template.uses.includes('broadcast')) throw new ProjectError('broadcast.template_unusable', 409)
  const ofCustomer = template.variables.filter((one) => one.kind === 'customer').map((one) => one.name)
  if (ofCustomer.length > 0) throw new ProjectError('broadcast.customer_variables', 409, { names: ofCustomer })
  return template
}

/** The text of each of these senders, filled and scanned. Throws `broadcast.text_incomplete`, `broadcast.text_too_long`. */
export async function textsOf({ ports, screenings }: Pick<BroadcastOptions, 'ports' | 'screenings'>, db: EntityManager, template: UsableTemplate, values: Readonly<Record<string, string>>, staffIds: readonly string[]): Promise<SenderText[]> {
  // What the author wrote goes before what is known of the sender.
  const known = await ports.templates.valuesOf(db, staffIds)
  const texts = staffIds.map((staffId) => {
    const all = { ...known.get(staffId), ...values }
    if (template.variables.some(({ name }) => (all[name] ?? '') === '')) throw new ProjectError('broadcast.text_incomplete', 409)
    const text = ports.templates.fill(template.text, all)
    // WeCom would refuse it after everybody had agreed.
    if (Buffer.byteLength(text) > mostTextBytes) throw new ProjectError('broadcast.text_too_long', 409, { limit: mostTextBytes })
    return text
  })
  const words = wordsIn(template.attachments)
  const [ofAttachments] = words === '' ? [] : await screenings.scanAll([words], db)
  const shown = texts.map((text) => (ofAttachments?.verdict === 'block' ? `${text}\n${words}` : text))
  const scanned = await screenings.scanAll(shown, db)
  return staffIds.flatMap((staffId, place) => {
    const [text, screened, screening] = [texts[place], shown[place], scanned[place]]
    return text === undefined || screened === undefined || screening === undefined ? [] : [{ staffId, text, screened, screening }]
  })
}

export const reviewHitsOf = (texts: readonly SenderText[]): number => texts.reduce((most, one) => Math.max(most, one.screening.hits.filter((hit) => hit.severity === 'review').length), 0)
