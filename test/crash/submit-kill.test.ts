import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendingCompany, wideRules, type SendingCompany } from '../broadcasts/support/sending-company.ts'
import { broadcastParts, broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { createPlanWorker } from '../../server/broadcasts/index.ts'
import { planWorks } from '../../server/broadcasts/plan-work/plan-work.entity.ts'
import { quotaShares, quotaUses } from '../../server/broadcasts/quotas/quota.entity.ts'
import { seededRandom } from '../company/random.ts'
import { testDatabaseKinds } from '../support/databases.ts'

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
const [everybody] = wideRules.quotas
const each = 1_500
const kills = 6

describe.each(await testDatabaseKinds())('S40 kill -9 while a broadcast is submitted, on %s', (kind) => {
  let company: SendingCompany
  beforeAll(async () => {
    company = await sendingCompany(kind, () => Date.now())
    await company.rules({ quotas: everybody === undefined ? [] : [{ ...everybody, perMonth: 5_000, perDay: 5_000 }] })
    for (const userid of ['clerk01', 'manager01']) await company.customersOf(userid, each)
  }, 120_000)
  afterAll(() => company.app.stop())

  it('neither leaks quota nor leaves anything half submitted', { timeout: 360_000 }, async () => {
    const { services: { database, broadcasts, log, config } } = company.app
    const { db } = database
    const random = seededRandom(Date.now())
    const begun = (await company.draft('manager01', { senders: 'owners' })).body
    const left = async () => [await db.count(broadcastRecipients), await db.count(broadcastParts), await db.count(quotaShares), await db.count(planWorks), await db.sum(quotaUses, 'reserved') ?? 0]
    let metPieces = 0
    for (let death = 0; death < kills; death += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', 'test/broadcasts/support/submit.ts', config.databaseUrl, begun.id], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = new Promise<string | null>((resolve) => { child.once('exit', (_, signal) => resolve(signal)) })
      while (child.exitCode === null && await db.count(planWorks) === 0) await pause(5)
      // The first dies with its first piece on disk, the others whenever it comes.
      if (death === 0) while (child.exitCode === null && await db.count(broadcastRecipients) === 0) await pause(2)
      else await pause(random.integer(0, 150))
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
      metPieces += await db.count(broadcastRecipients) > 0 ? 1 : 0
      expect([(await company.row(begun.id)).status, (await db.find(planWorks)).map((one) => one.kind)]).toEqual(['draft', ['fill']])
      // On MariaDB another server waits until it is sure; on SQLite the next one is.
      if (kind === 'mysql') await db.update(planWorks, { kind: 'fill' }, { aliveUntil: 1 })
      else await pause(2)
      await createPlanWorker({ ...broadcasts, log }).drain()
      expect(await left()).toEqual([0, 0, 0, 0, 0])
    }
    expect(metPieces, 'deaths that met pieces on disk').toBeGreaterThan(0)
    const sent = await company.submit('manager01', begun)
    expect([sent.status, sent.body.status]).toEqual([200, 'waiting'])
    const { planId } = await company.row(begun.id)
    const senders = await db.countBy(broadcastParts, { planId: planId ?? '' })
    expect(senders).toBeGreaterThanOrEqual(2)
    // The month and the day are charged alike.
    expect(await left()).toEqual([sent.body.recipients.value, senders, senders, 0, 2 * sent.body.recipients.value])
  })
})
