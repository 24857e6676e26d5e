import type { EntityManager } from 'typeorm'
import type { TemplateAttachment } from '#shared/contracts/templates'
import type { Access, ActorAccess } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'

/*
 * What broadcasts need of templates and of outreach, and nothing else of them: tests hand in their own, `services.ts` the real ones.
 */

/** An attachment as its template describes it; broadcasts pass it on unread. */
export type Attachment = TemplateAttachment

/** A template that the person who asked may use at this moment. */
export interface UsableTemplate {
  readonly id: string
  readonly versionId: string
  readonly number: number
  readonly name: string
  readonly category: string
  readonly text: string
  /** Broadcasts allow only those that are constant for each sender: one WeCom task carries one text. */
  readonly variables: readonly { readonly name: string, readonly kind: 'sender' | 'customer' }[]
  readonly attachments: readonly TemplateAttachment[]
  /** Whom it is for (S41); null: everybody. */
  readonly spendAtLeastFen: number | null
  readonly valueTierAtLeast: number | null
  readonly uses: readonly ('broadcast' | 'quick-reply')[]
}

export interface TemplatesPort {
  /** Null for one that is not published, not in force, not for this person's roles or level, or not in his scope. */
  usable(db: EntityManager, actor: ActorAccess, templateId: string): Promise<UsableTemplate | null>
  /** Fills every variable; throws for one without a value. */
  fill(text: string, values: Readonly<Record<string, string>>): string
  /** The variables of these senders by name, as far as they are known. */
  valuesOf(db: EntityManager, staffIds: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>
  /** The levels of these people; who is missing has none (0). */
  levelsOf(db: EntityManager, staffIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** In the transaction that learns of them. */
  recordUses(work: UnitOfWork, uses: readonly NewTemplateUse[]): Promise<void>
}

/** A message that arrived, for the figures of its template; the same key counts once. */
export interface NewTemplateUse {
  readonly useKey: string
  readonly templateId: string
  readonly versionId: string
  readonly staffId: string
  readonly customerId: string
  readonly kind: 'broadcast'
  readonly usedAt: number
  /** Its plan. */
  readonly sourceId: string
}

export interface OutreachPart {
  readonly staffId: string
  readonly text: string
  readonly attachments: readonly TemplateAttachment[]
  /** Customers when left out; the ids are then those of groups of the sender. */
  readonly target?: 'groups'
  readonly customerIds: readonly string[]
}

/** What one call to WeCom is about to carry. */
export interface OutreachTask {
  readonly sourceId: string
  readonly staffId: string
  readonly text: string
  readonly customerIds: readonly string[]
}

export interface OutreachOutcome {
  readonly customerId: string
  readonly outcome: 'sent' | 'not-friend' | 'over-limit' | 'unsent' | 'left-out'
  readonly at: number
}

export interface OutreachCheck {
  /** Why nothing of the task may leave; null: it may. */
  readonly refused: string | null
  /** Why these customers are left out of it. */
  readonly leftOut: ReadonlyMap<string, string>
}

/** A domain that causes messages. */
export interface OutreachSource {
  readonly name: string
  /** The locks once more, in the transaction that writes the intent of the call. */
  check(work: UnitOfWork, task: OutreachTask): Promise<OutreachCheck>
  /** In the transaction that stores a result: each recipient once. */
  settled(work: UnitOfWork, task: Pick<OutreachTask, 'sourceId' | 'staffId'>, outcomes: readonly OutreachOutcome[]): Promise<void>
}

/** The gate through which every message to a customer leaves. */
export interface OutreachPort {
  register(source: OutreachSource): void
  plan(work: UnitOfWork, input: { readonly source: string, readonly sourceId: string, readonly notBefore: number, readonly parts: readonly OutreachPart[] }): Promise<void>
  /** A piece of it in one transaction; whether some is left for another one. */
  cancel(work: UnitOfWork, source: string, sourceId: string, reason: string, most: { readonly tasks: number, readonly customers: number }): Promise<boolean>
}

export interface BroadcastPorts {
  readonly templates: TemplatesPort
  readonly outreach: OutreachPort
}

/** Makes the ports over what the process shares. */
export type MakeBroadcastPorts = (parts: { readonly access: Access }) => BroadcastPorts
