import { pino } from 'pino'
import { v7 as uuid } from 'uuid'
import { createAccess } from '../../../server/access/index.ts'
import { staffRoles } from '../../../server/access/access.entity.ts'
import { createApprovals } from '../../../server/approvals/index.ts'
import { createAudit } from '../../../server/audit/index.ts'
import { createBroadcasts } from '../../../server/broadcasts/index.ts'
import { createDraft } from '../../../server/broadcasts/drafts.ts'
import { preflightOf } from '../../../server/broadcasts/preflight.ts'
import { broadcasts } from '../../../server/broadcasts/broadcast.entity.ts'
import { cancelPlanned } from '../../../server/broadcasts/drafts.ts'
import { handOver } from '../../../server/broadcasts/plan-work/hand-over.ts'
import { storedHash } from '../../../server/broadcasts/content-hash.ts'
import { createPlanWorker } from '../../../server/broadcasts/index.ts'
import { portsOver } from '../../../server/broadcast-ports.ts'
import { createOutreach } from '../../../server/outreach/index.ts'
import { present } from '../../../server/errors.ts'
import { submitPlanned } from '../../../server/broadcasts/submit-broadcast.ts'
import { createCards } from '../../../server/customers/index.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { entities } from '../../../server/entities.ts'
import { migrations } from '../../../migrations/index.ts'
import { staff } from '../../../server/organization/index.ts'
import { createScreenings } from '../../../server/screening/index.ts'
import { watchTransactions } from './watch-transactions.ts'
import { TestPorts } from '../../broadcasts/support/ports.ts'

const [url = ''] = process.argv.slice(2)
const zone = 'Asia/Shanghai'
const log = pino({ level: 'silent' })
const clock = Date.now
const watched = watchTransactions(await openDatabase({ url, entities, migrations }))
const { database } = watched
const access = createAccess({ database, clock, log, keptPolicies: 2000 })
const audit = createAudit({ database, clock, log })
const ports = new TestPorts()
const approvals = createApprovals({ database, access, audit, log })
const outreach = createOutreach({ database, audit, clock, log, zone })
const options = createBroadcasts({ database, access, audit, approvals, screenings: createScreenings({ database, access, audit, approvals, clock }), ports: { templates: ports.templates, outreach: portsOver(outreach).outreach }, zone })
const templateId = ports.add({ id: uuid(), text: '您好，我是{成员姓名}，周末到店有礼。', variables: [{ name: '成员姓名', kind: 'sender' }] })

/** Headquarters, who may address everybody. */
const author = uuid()
await database.db.insert(staff, { id: author, userid: author, wecomUserid: author, name: '总部', position: '', mainDepartmentId: null, status: 'active', joinedOn: null, createdAt: 0, updatedAt: 0, leftAt: null })
await database.db.insert(staffRoles, { staffId: author, roleKey: 'hq-operations', source: 'rule', since: 0 })

const asked = { staffId: author, requestId: 'bench' }
const draft = () => createDraft(options, asked, { name: '全员', templateId, senders: 'owners', values: {}, audience: {}, plannedAt: clock() + 86_400_000 })
const actor = await access.actorFor(author)
const context = { actor, requestId: 'bench', language: 'zh' as const, ip: '', signedIn: { sessionId: '', staffId: author, userid: author, name: '', surface: 'console' as const } }

const baseMb = Math.round(process.memoryUsage.rss() / 1e6)
let peak = 0
const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()) }, 20)
async function timed<T>(run: () => Promise<T>): Promise<[T, number, number]> {
  peak = process.memoryUsage.rss()
  const began = performance.now()
  const result = await run()
  return [result, (performance.now() - began) / 1000, Math.round(Math.max(peak, process.memoryUsage.rss()) / 1e6)]
}
const first = await draft()
const second = await draft()
watched.take()
const [submitted, submitSeconds, submitPeakMb] = await timed(() => submitPlanned(options, asked, first.id, first.version))
const submit = watched.take()
const cards = createCards({ database, audit, zone })
const [preflight, seconds, peakMb] = await timed(() => preflightOf(options, second, context, cards))
clearInterval(watch)
if (!('value' in preflight.kept) || preflight.kept.value !== submitted.recipients || submitted.recipients === 0) throw new Error('the preflight and the submission are not about the same people')

// What the last approval does, without the approval; then the cancel of everything that is planned.
const worker = createPlanWorker({ ...options, log })
watched.take()
const [, approveSeconds] = await timed(async () => {
  await database.transaction(async (work) => {
    const row = await work.db.findOneByOrFail(broadcasts, { id: submitted.id })
    if (await storedHash(work.db, row) !== row.contentHash) throw new Error('the digest of what is stored is another one')
    await work.db.update(broadcasts, { id: row.id }, { status: 'scheduled' })
    await handOver(options, work, row, present(row.planId, 'the plan'))
  })
  await worker.drain()
})
const approve = watched.take()
const [, cancelSeconds] = await timed(async () => {
  await cancelPlanned(options, asked, submitted.id, submitted.version, (work) => work.db.findOneByOrFail(broadcasts, { id: submitted.id }))
  await worker.drain()
})
const cancel = watched.take()
await database.close()
const round = (value: number) => Math.round(value * 100) / 100
console.log(JSON.stringify({
  recipients: submitted.recipients, seconds: round(seconds), peakMb, recipientsPerSecond: Math.round(submitted.recipients / seconds), baseMb,
  submitSeconds: round(submitSeconds), submitPeakMb, submitLongestMs: submit.longestMs, submitTransactions: submit.count,
  approveSeconds: round(approveSeconds), approveLongestMs: approve.longestMs, cancelSeconds: round(cancelSeconds), cancelLongestMs: cancel.longestMs,
}))
