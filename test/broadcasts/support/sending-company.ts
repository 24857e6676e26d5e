import { v7 as uuid } from 'uuid'
import type { BroadcastRules } from '#shared/contracts/broadcast-rules'
import { broadcastRecipients, broadcasts, type Broadcast } from '../../../server/broadcasts/broadcast.entity.ts'
import { quotaUses } from '../../../server/broadcasts/quotas/quota.entity.ts'
import { insertCustomers, insertFollow, newCustomer, type Customer } from '../../../server/customers/index.ts'
import { dayOf } from '../../../server/company-day.ts'
import type { Person, Reply } from '../../support/person.ts'
import type { TestDatabaseKind } from '../../support/databases.ts'
import { agreed } from '../../support/second-person.ts'
import { approving, type Approving } from '../../stories/support/approving.ts'
import { storyApp, type StoryApp } from '../../stories/support/story-app.ts'
import { generateCompany } from '../../company/generate.ts'
import { TestPorts } from './ports.ts'

export const zone = 'Asia/Shanghai'
const dayMs = 86_400_000

const everybody = { roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 200, perDay: 200 }
/** Two hundred a month for everybody, and no cap on frequency that could be met by chance. */
export const wideRules: BroadcastRules = { quotas: [everybody], frequency: { messages: 31, days: 7 }, approval: { leadFrom: 100, riskyCategories: ['promotion'] } }

/** A company that sends broadcasts; the words that their stories are told in. */
export interface SendingCompany {
  readonly app: StoryApp
  readonly ports: TestPorts
  readonly on: Approving
  /** New customers of this member, in his store; external ids. */
  customersOf(userid: string, count: number, facts?: Partial<Customer>): Promise<string[]>
  /** Begins a draft; later content wins. */
  draft(userid: string, content?: object): Promise<Reply>
  submit(userid: string, draft: { readonly id: string, readonly version: number }): Promise<Reply>
  /** Both, from named customers. */
  send(userid: string, externalUserIds: readonly string[], content?: object): Promise<Reply>
  row(id: string): Promise<Broadcast>
  /** The open request of one step. */
  requestOf(id: string, step?: 'manager' | 'lead'): Promise<string>
  approve(userid: string, id: string, step?: 'manager' | 'lead', verdict?: 'approve' | 'refuse'): Promise<Reply>
  /** `[reserved, used]` of the month for which things are planned. */
  quota(userid: string): Promise<readonly [number, number]>
  recipients(id: string): Promise<Record<string, number>>
  rules(rules: Partial<BroadcastRules>): Promise<void>
  /** A time of tomorrow. */
  tomorrow(): number
  readonly template: string
}

export async function sendingCompany(kind: TestDatabaseKind, clock: () => number): Promise<SendingCompany> {
  const ports = new TestPorts()
  const app = await storyApp({ database: kind, clock, company: generateCompany({ customers: 40 }), broadcastPorts: () => ports })
  const { database, approvals } = app.services
  const on = approving(app)
  const template = ports.add({ id: uuid(), text: '您好，我是{成员姓名}，周末到店有礼。', variables: [{ name: '成员姓名', kind: 'sender' }] })
  const tomorrow = () => clock() + dayMs
  const put = (person: Person, path: string, body: unknown) => person.send('PUT', path, { body: JSON.stringify(body) })
  const row = (id: string) => database.db.findOneByOrFail(broadcasts, { id })
  const draft = async (userid: string, content: object = {}) => (await app.person(userid)).post('/api/broadcasts', { name: '周末活动', templateId: template, senders: 'self', audience: {}, plannedAt: tomorrow(), ...content })
  const submit = async (userid: string, { id, version }: { readonly id: string, readonly version: number }) => (await app.person(userid)).post(`/api/broadcasts/${id}/submit`, { version })
  const requestOf = async (id: string, step = 'manager') => {
    const { planId } = await row(id)
    const open: { id: string }[] = await database.db.query('SELECT id FROM approval_requests WHERE unique_key = ?', [`broadcast:${planId ?? ''}:${step}`])
    if (open[0] === undefined) throw new Error(`nothing waits for ${step}`)
    return open[0].id
  }
  let serial = 0
  const company: SendingCompany = {
    app, ports, on, template, tomorrow, row, draft, submit, requestOf,
    customersOf: async (userid, count, facts = {}) => {
      const member = await app.staffOf(userid)
      const departmentId = app.storeOf(userid)
      const rows = Array.from({ length: count }, () => ({ ...newCustomer(`wmsend${serial += 1}`, `客户${serial}`, clock()), ownerStaffId: member.id, ownerDepartmentId: departmentId, poolDepartmentId: null, ...facts }))
      await database.transaction(async (work) => {
        await insertCustomers(work, rows)
        for (const { id } of rows) {
          await insertFollow(work, {
            id: uuid(), customerId: id, staffId: member.id, departmentId, beganAt: clock(), endedAt: null, endReason: null, liveKey: `${id}:${member.id}`, remark: '', description: '', state: null, addWay: 1, customerDeletedAt: null,
          })
        }
      })
      return rows.map((one) => one.externalUserId)
    },
    send: async (userid, externalUserIds, content = {}) => {
      const begun = await draft(userid, { audience: { externalUserIds }, ...content })
      return begun.status === 200 ? submit(userid, begun.body) : begun
    },
    approve: async (userid, id, step = 'manager', verdict = 'approve') => on.decide(await app.as(userid), await requestOf(id, step), verdict),
    quota: async (userid) => {
      const use = await database.db.findOneBy(quotaUses, { staffId: (await app.staffOf(userid)).id, period: dayOf(tomorrow(), zone).slice(0, 7), bucket: '*|*' })
      return [use?.reserved ?? 0, use?.used ?? 0]
    },
    recipients: async (id) => {
      const { planId } = await row(id)
      const found: Record<string, number> = {}
      for (const { outcome } of await database.db.findBy(broadcastRecipients, { planId: planId ?? '' })) found[outcome] = (found[outcome] ?? 0) + 1
      return found
    },
    rules: async (rules) => {
      const lead = await app.person('marketinglead01')
      const edited = await put(lead, '/api/broadcast-rules/draft', { version: 0, rules: { ...wideRules, ...rules } })
      const published = await agreed(app, await lead.post('/api/broadcast-rules/publish', { version: edited.body.version }))
      if (published.status !== 200) throw new Error(`the rules were not published: ${published.text}`)
    },
  }
  void approvals
  await company.rules({})
  return company
}
