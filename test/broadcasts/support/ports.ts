import { In } from 'typeorm'
import { staff } from '../../../server/organization/index.ts'
import type { ActorAccess } from '../../../server/access/index.ts'
import type { BroadcastPorts, OutreachSource } from '../../../server/broadcasts/index.ts'
import type { OutreachCheck, OutreachOutcome, OutreachPart, UsableTemplate } from '../../../server/broadcasts/ports.ts'
import type { Database } from '../../../server/database/database.ts'
import { ProjectError } from '../../../server/errors.ts'
import { recordTemplateUses } from '../../../server/templates/index.ts'

export interface TestTemplate extends UsableTemplate {
  /** Empty: everybody. */
  readonly roles: readonly string[]
  readonly lowestLevel: number
  readonly retired: boolean
}

export interface Planned {
  readonly notBefore: number
  readonly parts: readonly OutreachPart[]
}

/** Templates and outreach for tests: what they promise broadcasts, without WeCom. Plans exist once their transaction is on disk. */
export class TestPorts implements BroadcastPorts {
  readonly known = new Map<string, TestTemplate>()
  readonly levels = new Map<string, number>()
  readonly plans = new Map<string, Planned>()
  readonly canceled = new Map<string, string>()
  readonly uses: string[] = []
  readonly #handedOver = new Set<string>()
  #source: OutreachSource | null = null

  add(template: Partial<TestTemplate> & Pick<TestTemplate, 'id' | 'text'>): string {
    this.known.set(template.id, {
      versionId: template.id, number: 1, name: '话术', category: 'care', variables: [], attachments: [], spendAtLeastFen: null, valueTierAtLeast: null, uses: ['broadcast'],
      roles: [], lowestLevel: 0, retired: false, ...template,
    })
    return template.id
  }

  change(id: string, template: Partial<TestTemplate>): void {
    const before = this.known.get(id)
    if (before === undefined) throw new Error(`no template ${id}`)
    this.known.set(id, { ...before, ...template })
  }

  readonly templates: BroadcastPorts['templates'] = {
    usable: async (_db, actor: ActorAccess, id) => {
      const template = this.known.get(id)
      if (template === undefined || template.retired || !actor.may('marketing.templates.view')) return null
      if (template.roles.length > 0 && !template.roles.some((role) => actor.roles.includes(role))) return null
      return (this.levels.get(actor.staffId) ?? 0) >= template.lowestLevel ? template : null
    },
    fill: (text, values) => text.replace(/\{([^}]+)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new ProjectError('broadcast.text_incomplete', 409)
      return value
    }),
    valuesOf: async (db, staffIds) => new Map((await db.getRepository(staff).findBy({ id: In([...staffIds]) })).map((one) => [one.id, { 成员姓名: one.name }])),
    levelsOf: async (_db, staffIds) => new Map(staffIds.map((id) => [id, this.levels.get(id) ?? 0])),
    recordUses: async (work, uses) => {
      await recordTemplateUses(work, uses)
      work.afterCommit(() => void this.uses.push(...uses.map((one) => one.useKey)))
    },
  }

  readonly outreach: BroadcastPorts['outreach'] = {
    register: (source) => { this.#source = source },
    plan: async (work, { sourceId, notBefore, parts }) => work.afterCommit(() => void this.plans.set(sourceId, { notBefore, parts: [...(this.plans.get(sourceId)?.parts ?? []), ...parts] })),
    // What was never handed to WeCom is settled at once, in the same transaction; the rest when its result comes.
    cancel: async (work, _source, sourceId, reason) => {
      for (const { staffId, customerIds } of this.plans.get(sourceId)?.parts ?? []) {
        const waiting = customerIds.filter((id) => !this.#handedOver.has(`${sourceId} ${id}`))
        await this.source.settled(work, { sourceId, staffId }, waiting.map((customerId) => ({ customerId, outcome: 'unsent', at: 0 })))
      }
      work.afterCommit(() => void this.canceled.set(sourceId, reason))
      return false
    },
  }

  get source(): OutreachSource {
    if (this.#source === null) throw new Error('broadcasts did not register')
    return this.#source
  }

  partOf(planId: string, staffId: string): OutreachPart {
    const part = this.plans.get(planId)?.parts.find((one) => one.staffId === staffId)
    if (part === undefined) throw new Error(`nothing of ${staffId} is planned under ${planId}`)
    return part
  }

  /** As outreach does right before the call. */
  async check(database: Database, planId: string, staffId: string, { text, customerIds }: { readonly text?: string, readonly customerIds?: readonly string[] } = {}): Promise<OutreachCheck> {
    const part = this.partOf(planId, staffId)
    const asked = customerIds ?? part.customerIds
    const checked = await database.transaction((work) => this.source.check(work, { sourceId: planId, staffId, text: text ?? part.text, customerIds: asked }))
    if (checked.refused === null) for (const id of asked) if (!checked.leftOut.has(id)) this.#handedOver.add(`${planId} ${id}`)
    return checked
  }

  settle(database: Database, planId: string, staffId: string, outcomes: readonly OutreachOutcome[]): Promise<void> {
    return database.transaction((work) => this.source.settled(work, { sourceId: planId, staffId }, outcomes))
  }
}
