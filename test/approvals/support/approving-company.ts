import { pino } from 'pino'
import { z } from 'zod'
import { createAudit } from '../../../server/audit/index.ts'
import { auditEntries } from '../../../server/audit/audit.entity.ts'
import {
  approvalApprovers, approvalEffects, approvalRequests, ApprovalOutdated, createApprovals, type ApprovalKind, type ApprovalRequest, type Approvals, type ApprovalRow, type AskInput,
} from '../../../server/approvals/index.ts'
import type { Database, UnitOfWork } from '../../../server/database/database.ts'
import { createOutboxWorker, type Worker } from '../../../server/jobs/index.ts'
import type { WecomClient } from '../../../server/wecom/index.ts'
import { createAccess } from '../../../server/access/index.ts'
import { places, StoryCompany, type Story } from '../../access/support/company.ts'
import type { TestDatabaseKind } from '../../support/databases.ts'

/** People of all standings: a store with two clerks and two managers, the regions above, headquarters, two administrators. */
export const people: Story = {
  staff: {
    clerk: { roles: ['clerk'], in: [places.nanjingRoad] },
    mate: { roles: ['clerk'], in: [places.nanjingRoad] },
    boss: { roles: ['store-manager'], in: [places.nanjingRoad] },
    boss2: { roles: ['store-manager'], in: [places.nanjingRoad] },
    neighbour: { roles: ['store-manager'], in: [places.xujiahui] },
    east: { roles: ['regional-manager'], in: [places.east] },
    west: { roles: ['regional-manager'], in: [places.west] },
    head: { roles: ['sales-head'], in: [places.headquarters] },
    director: { roles: ['director'], in: [places.headquarters] },
    gone: { roles: ['director'], in: [places.headquarters], status: 'disabled' },
    admin: { roles: ['administrator'], in: [places.headquarters] },
    admin2: { roles: ['administrator'], in: [places.headquarters] },
  },
  customers: {},
}

const Things = z.object({ thing: z.string() })
export type Things = z.infer<typeof Things>

export interface Happened {
  readonly event: 'approved' | 'closed'
  readonly id: string
  readonly status: string
}

/** A kind for tests: writes down what was done, in the transaction, by a row in `sync_states` that vanishes with it. */
export function thingKind(kind: string, happened: Happened[], more: Partial<ApprovalKind<Things>> = {}): ApprovalKind<Things> {
  return {
    kind, payload: Things, decideOn: 'card',
    describe: async (_db, { payload }) => ({ title: `打开${payload.thing}`, lines: [{ label: '内容', value: payload.thing }] }),
    onApproved: async (work, request) => {
      await work.db.query('INSERT INTO sync_states (name, value, updated_at) VALUES (?, ?, ?)', [`done:${request.id}`, '{}', 0])
      if (request.payload.thing === 'broken') throw new Error('cut off')
      if (request.payload.thing === 'outdated') throw new ApprovalOutdated()
      work.afterCommit(() => void happened.push({ event: 'approved', id: request.id, status: request.status }))
    },
    onClosed: async (work, request) => work.afterCommit(() => void happened.push({ event: 'closed', id: request.id, status: request.status })),
    ...more,
  }
}

export interface Sent {
  readonly to: string
  readonly text: string
}

/** Approvals over the named company; messages land in `sent`, the clock is `company.now`. */
export class ApprovingCompany {
  readonly company: StoryCompany
  readonly approvals: Approvals
  readonly happened: Happened[] = []
  readonly sent: Sent[] = []
  #worker: Worker

  private constructor(company: StoryCompany) {
    this.company = company
    this.approvals = this.approvalsOn(company.test.database)
    this.#worker = createOutboxWorker({
      database: company.test.database, clock: () => company.now, log: pino({ level: 'silent' }), retry: { random: () => 0 },
      handlers: new Map(approvalEffects({ core: this.approvals.core, wecom: this.#wecom(), publicUrl: 'https://scrm.example.com', zone: 'Asia/Shanghai' })),
    })
  }

  static async open(kind: TestDatabaseKind): Promise<ApprovingCompany> {
    const company = await StoryCompany.open(kind)
    company.now = Date.parse('2025-11-24T02:00:00Z')
    return new ApprovingCompany(company)
  }

  /** Approvals as another process would have them, with the same kinds. */
  approvalsOn(database: Database): Approvals {
    const clock = () => this.company.now
    const log = pino({ level: 'silent' })
    const access = database === this.company.test.database ? this.company.access : createAccess({ database, clock, log })
    const approvals = createApprovals({ database, access, audit: createAudit({ database, clock, log, strictDetails: true }), log })
    approvals.register(thingKind('thing', this.happened))
    approvals.register(thingKind('policy', this.happened, { reach: () => 'company', decideOn: 'console', waitsWhenAlone: true }))
    approvals.register(thingKind('script', this.happened, { reach: () => 'marketing' }))
    approvals.register(thingKind('grant', this.happened, { waitsWhenAlone: true }))
    return approvals
  }

  async fresh(story: Story = people): Promise<void> {
    const { db } = this.company.test.database
    for (const table of ['approval_requests', 'approval_approvers', 'approval_pairs', 'outbox', 'staff_persons', 'audit_chain', 'audit_pending', 'audit_entries']) await db.query(`DELETE FROM ${table}`)
    await db.query("DELETE FROM sync_states WHERE name LIKE 'done:%'")
    this.happened.length = 0
    this.sent.length = 0
    await this.company.tell(story)
  }

  ask(requester: string, more: Partial<AskInput<Things>> = {}): Promise<ApprovalRequest<Things>> {
    return this.company.test.database.transaction((work) => this.approvals.ask<Things>(work, {
      kind: 'thing', payload: { thing: '合同' }, requesterStaffId: requester, beneficiaryStaffIds: [requester], departmentId: null, ...more,
    }))
  }

  change<T>(run: (work: UnitOfWork) => Promise<T>): Promise<T> {
    return this.company.test.database.transaction(run)
  }

  /** Runs every effect that is due. */
  settle(): Promise<void> {
    return this.#worker.drain()
  }

  async pass(ms: number): Promise<void> {
    this.company.now += ms
    await this.approvals.moveDue()
    await this.settle()
  }

  row(id: string): Promise<ApprovalRow> {
    return this.company.test.database.db.getRepository(approvalRequests).findOneByOrFail({ id })
  }

  /** Who was asked, level by level. */
  async asked(id: string): Promise<Record<number, string[]>> {
    const rows = await this.company.test.database.db.getRepository(approvalApprovers).find({ where: { requestId: id }, order: { staffId: 'ASC' } })
    const levels: Record<number, string[]> = {}
    for (const row of rows) if (row.askedAt !== null) (levels[row.level] ??= []).push(row.staffId)
    return levels
  }

  /** How often the effect of a request stands in the database. */
  async effects(id: string): Promise<number> {
    const rows: unknown[] = await this.company.test.database.db.query('SELECT name FROM sync_states WHERE name = ?', [`done:${id}`])
    return rows.length
  }

  async actions(id: string): Promise<string[]> {
    const rows = await this.company.test.database.db.getRepository(auditEntries).find({ where: { subjectId: id }, order: { id: 'ASC' } })
    return rows.map((row) => row.action)
  }

  #wecom(): Pick<WecomClient, 'sendMessage' | 'updateTemplateCard'> {
    return {
      sendMessage: async ({ to, message }) => {
        const userid = 'userids' in to ? to.userids?.[0] ?? '' : ''
        this.sent.push({ to: userid, text: message.type === 'text' ? message.content : message.type === 'template-card' ? `card:${message.card.taskId}` : '' })
        return { messageId: 'm', invalidUsers: [], invalidDepartments: [], invalidTags: [], unlicensedUsers: [], responseCode: `code-${this.sent.length}` }
      },
      updateTemplateCard: async (update) => {
        this.sent.push({ to: 'userids' in update.to ? update.to.userids?.[0] ?? '' : '', text: 'button' in update ? `grey:${update.button.replaceName}` : '' })
        return { invalidUsers: [] }
      },
    }
  }
}
