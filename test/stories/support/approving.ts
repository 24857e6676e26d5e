import { z } from 'zod'
import type { ApprovalKind, ApprovalRequest, AskInput } from '../../../server/approvals/index.ts'
import { approvalApprovers } from '../../../server/approvals/index.ts'
import { taskIdOf } from '../../../server/approvals/card.ts'
import { auditEntries } from '../../../server/audit/audit.entity.ts'
import type { Person, Reply } from '../../support/person.ts'
import type { StoryApp } from './story-app.ts'

const Thing = z.object({ thing: z.string() })
type Thing = z.infer<typeof Thing>

/** Kinds as their domains will register them: a grant and a role change by a tap, an export and the policy in the console. */
export const storyKinds = { grant: '临时授权', role: '角色变更', export: '报表导出', policy: '发布权限方案' } as const
export type StoryKind = keyof typeof storyKinds

/** The stories' words about approvals. */
export interface Approving {
  /** Ids of the requests that took effect. */
  readonly done: string[]
  /** Asks as the domain would; the server finds the approvers and writes to them. */
  ask(kind: StoryKind, requester: string, more?: { readonly beneficiaries?: readonly string[] } & Partial<Pick<AskInput<Thing>, 'mode' | 'departmentId'>>): Promise<ApprovalRequest<Thing>>
  decide(person: Person, id: string, verdict?: 'approve' | 'refuse', note?: string): Promise<Reply>
  /** The task id of the card that this person got for the request. */
  card(userid: string, id: string): Promise<string>
  /** The texts that the app sent to this person. */
  texts(userid: string): string[]
  /** What stands on the greyed button of this person's card; null while it can be tapped. */
  greyed(userid: string, id: string): Promise<string | null>
  actions(id: string): Promise<string[]>
}

export function approving(app: StoryApp): Approving {
  const { database, approvals } = app.services
  const done: string[] = []
  for (const [name, title] of Object.entries(storyKinds)) approvals.register(storyKind(`story-${name}`, title, done))
  const idOf = async (userid: string) => (await app.staffOf(userid)).id
  const taskOf = async (userid: string, id: string) => taskIdOf((await database.db.getRepository(approvalApprovers).findOneByOrFail({ requestId: id, staffId: await idOf(userid) })).id)
  const messageOf = async (userid: string, id: string) => {
    const taskId = await taskOf(userid, id)
    return app.simulator.controls.outbox(userid).find((message) => message.taskId === taskId)
  }
  return {
    done,
    ask: async (kind, requester, { beneficiaries = [requester], ...more } = {}) => {
      const [requesterStaffId, beneficiaryStaffIds] = [await idOf(requester), await Promise.all(beneficiaries.map(idOf))]
      const request = await database.transaction((work) => approvals.ask<Thing>(work, {
        kind: `story-${kind}`, payload: { thing: storyKinds[kind] }, requesterStaffId, beneficiaryStaffIds, departmentId: null, ...more,
      }))
      await app.settle()
      return request
    },
    decide: (person, id, verdict = 'approve', note) => person.send('POST', `/api/approvals/${id}/decision`, { body: JSON.stringify({ verdict, ...(note === undefined ? {} : { note }) }) }),
    card: taskOf,
    texts: (userid) => app.simulator.controls.outbox(userid).filter((message) => message.msgtype === 'text').map((message) => String(message.body['content'])),
    greyed: async (userid, id) => (await messageOf(userid, id))?.replacedName ?? null,
    actions: async (id) => (await database.db.getRepository(auditEntries).find({ where: { subjectId: id }, order: { id: 'ASC' } })).map((row) => row.action),
  }
}

function storyKind(kind: string, title: string, done: string[]): ApprovalKind<Thing> {
  const high = kind === 'story-export' || kind === 'story-policy'
  return {
    kind, payload: Thing, decideOn: high ? 'console' : 'card', waitsWhenAlone: kind === 'story-policy', reach: () => (kind === 'story-policy' ? 'company' : 'line'),
    describe: async (_db, { payload }) => ({ title, lines: [{ label: '内容', value: payload.thing }] }),
    onApproved: async (work, request) => work.afterCommit(() => void done.push(request.id)),
  }
}
