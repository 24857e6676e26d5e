import { pino } from 'pino'
import { v7 as uuid } from 'uuid'
import { createAccess } from '../../../server/access/index.ts'
import { staffRoles } from '../../../server/access/access.entity.ts'
import { createApprovals } from '../../../server/approvals/index.ts'
import { createAudit } from '../../../server/audit/index.ts'
import { createBroadcasts } from '../../../server/broadcasts/index.ts'
import { createDraft } from '../../../server/broadcasts/drafts.ts'
import { preflightOf } from '../../../server/broadcasts/preflight.ts'
import { submitPlanned } from '../../../server/broadcasts/submit-broadcast.ts'
import { createCards } from '../../../server/customers/index.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { entities } from '../../../server/entities.ts'
import { migrations } from '../../../migrations/index.ts'
import { staff } from '../../../server/organization/index.ts'
import { createScreenings } from '../../../server/screening/index.ts'
import { TestPorts } from '../../broadcasts/support/ports.ts'

const [url = ''] = process.argv.slice(2)
const zone = 'Asia/Shanghai'
const log = pino({ level: 'silent' })
const clock = Date.now
const database = await openDatabase({ url, entities, migrations })
const access = createAccess({ database, clock, log, keptPolicies: 2000 })
const audit = createAudit({ database, clock, log })
const ports = new TestPorts()
const approvals = createApprovals({ database, access, audit, log })
const options = createBroadcasts({ database, access, audit, approvals, screenings: createScreenings({ database, access, audit, approvals, clock }), ports, zone })
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
const [submitted, submitSeconds, submitPeakMb] = await timed(() => submitPlanned(options, asked, first.id, first.version))
const cards = createCards({ database, audit, zone })
const [preflight, seconds, peakMb] = await timed(() => preflightOf(options, second, context, cards))
clearInterval(watch)
if (!('value' in preflight.kept) || preflight.kept.value !== submitted.recipients || submitted.recipients === 0) throw new Error('the preflight and the submission are not about the same people')
await database.close()
const round = (value: number) => Math.round(value * 100) / 100
console.log(JSON.stringify({
  recipients: submitted.recipients, seconds: round(seconds), peakMb, recipientsPerSecond: Math.round(submitted.recipients / seconds), submitSeconds: round(submitSeconds), submitPeakMb, baseMb,
}))
