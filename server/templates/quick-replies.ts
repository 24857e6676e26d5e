import type { EntityManager } from 'typeorm'
import type { ReplyRefusal } from '#shared/contracts/templates'
import type { ActorAccess } from '../access/index.ts'
import { fillableValues, type Fillable, type Found } from '../customers/index.ts'
import { ProjectError } from '../errors.ts'
import { screenParts, stopping } from './screen-content.ts'
import type { Screener } from '../screening/index.ts'
import type { Sealer } from '../sealing.ts'
import { senderValues } from './sender-values.ts'
import { bytesOf } from './template-content.ts'
import { isMeantFor, type UsableTemplate } from './usable-template.ts'
import { fillTemplate } from './variables.ts'
import { mostTextBytes } from '#shared/template-words'

/** A template as one customer would get it, or why he does not. */
export interface FilledReply {
  readonly text: string
  readonly refused: ReplyRefusal | null
}

export interface ReplyWriter {
  fill(template: UsableTemplate): FilledReply
}

/**
 * Fills templates for one customer with what the writer may see of him, and scans each as it will be sent (S39): the values may hold
 * what the template does not.
 */
export async function writerFor(db: EntityManager, actor: ActorAccess, found: Found, screener: Screener, sealer: Sealer): Promise<ReplyWriter> {
  const sender = await senderValues(db, actor.staffId)
  const { name, memberLevel } = fillableValues(actor, found, sealer)
  const ofCustomer: Readonly<Record<string, Fillable>> = { customer_name: name, customer_member_level: memberLevel }
  const ofSender = Object.fromEntries(Object.entries(sender).map(([key, value]): [string, Fillable] => [key, value.trim() === '' ? { none: 'unknown' } : { value }]))
  const values: Readonly<Record<string, Fillable>> = { ...ofSender, ...ofCustomer }
  return {
    fill: (template) => {
      const refuse = (code: ReplyRefusal['code'], more: Partial<ReplyRefusal> = {}, text = template.text): FilledReply => ({ text, refused: { code, variables: [], hits: [], ...more } })
      if (!mayLearnOf(actor, found, template) || !isMeantFor(template, found.facts)) return refuse('template.not_for_customer')
      const missing = template.variables.flatMap(({ name: variable }) => {
        const value = values[variable] ?? { none: 'unknown' }
        return 'none' in value ? [`${variable}:${value.none}`] : []
      })
      if (missing.length > 0) return refuse('template.missing_value', { variables: missing })
      const text = fillTemplate(template.text, Object.fromEntries(Object.entries(values).flatMap(([key, value]) => ('value' in value ? [[key, value.value]] : []))))
      if (bytesOf(text) > mostTextBytes) return refuse('template.text_too_long')
      const hits = stopping(screenParts(screener, text, template.attachments), template.confirmedWords)
      return hits.length > 0 ? refuse('template.blocked', { hits }, text) : { text, refused: null }
    },
  }
}

/** That a template is for a customer says what he spends, in all stores: only to whoever sees that in clear, and not his own store's part alone. */
function mayLearnOf(actor: ActorAccess, { facts }: Found, { spendAtLeastFen, valueTierAtLeast }: UsableTemplate): boolean {
  const see = actor.fieldsFor(facts)
  const seesSpending = see.presentation('spendTotalFen') === 'clear' && actor.decideRecord('customer.spending.view', facts, { storeDepartmentId: null }).allowed
  return (spendAtLeastFen === null || seesSpending) && (valueTierAtLeast === null || see.presentation('valueTier') === 'clear')
}

/** The same refusal as an error of the route that sends. */
export function refusalError({ code, variables, hits }: ReplyRefusal): ProjectError {
  switch (code) {
    case 'template.missing_value': return new ProjectError(code, 422, { variables })
    case 'template.blocked': return new ProjectError(code, 422, { hits })
    case 'template.text_too_long': return new ProjectError(code, 422, { bytes: mostTextBytes, limit: mostTextBytes })
    case 'template.not_for_customer': return new ProjectError(code, 422)
  }
}
