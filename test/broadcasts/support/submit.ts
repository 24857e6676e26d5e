import { pino } from 'pino'
import { createAccess } from '../../../server/access/index.ts'
import { createApprovals } from '../../../server/approvals/index.ts'
import { createAudit } from '../../../server/audit/index.ts'
import { broadcasts } from '../../../server/broadcasts/broadcast.entity.ts'
import { createBroadcasts } from '../../../server/broadcasts/index.ts'
import { submitPlanned } from '../../../server/broadcasts/submit-broadcast.ts'
import { openDatabase } from '../../../server/database/database.ts'
import { entities } from '../../../server/entities.ts'
import { createScreenings } from '../../../server/screening/index.ts'
import { migrations } from '../../../migrations/index.ts'
import { TestPorts } from './ports.ts'

/** A process that submits one broadcast, made to be killed: `DATABASE BROADCAST`. Says "ready" before and "done" afterwards. */
const [url = '', id = ''] = process.argv.slice(2)
const log = pino({ level: 'silent' })
const database = await openDatabase({ url, entities, migrations })
const access = createAccess({ database, clock: Date.now, log })
const audit = createAudit({ database, clock: Date.now, log })
const ports = new TestPorts()
const approvals = createApprovals({ database, access, audit, log })
const options = createBroadcasts({ database, access, audit, approvals, screenings: createScreenings({ database, access, audit, approvals, clock: Date.now }), ports, zone: 'Asia/Shanghai' })
const row = await database.db.findOneByOrFail(broadcasts, { id })
ports.add({ id: row.templateId, text: '您好，我是{成员姓名}，周末到店有礼。', variables: [{ name: '成员姓名', kind: 'sender' }] })
console.log('ready')
await submitPlanned(options, { staffId: row.creatorStaffId, requestId: 'killed' }, id, row.version)
console.log('done')
await database.close()
