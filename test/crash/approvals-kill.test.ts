import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvalRequests } from '../../server/approvals/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { verifyChain } from '../../server/audit/index.ts'
import { staff, staffDepartments } from '../../server/organization/index.ts'
import { generateCompany } from '../company/generate.ts'
import { seededRandom } from '../company/random.ts'
import { withContactCallback } from '../stories/support/contact-callback.ts'
import { deadLetters, untilQuiet } from './support/proof.ts'
import { bundle, freePort, startProcess, type Bundle, type ServerProcess } from './support/server-process.ts'
import { setStage, type Stage } from './support/stage.ts'

const rounds = 6
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
const numbered = (name: string, number: number) => `${name}${String(number).padStart(2, '0')}`

/** On SQLite only: on MySQL what a killed process held stays reserved for a minute, and the steps between are the same. */
describe('kill -9 between wish, card, tap and effect', () => {
  let stage: Stage
  let program: Bundle
  let server: ServerProcess | null = null
  let port = 0

  beforeAll(async () => {
    program = await bundle('test/crash/support/quick-server.ts')
    stage = await setStage({
      company: generateCompany({ customers: 20, stores: rounds * 2, regions: 2, now: Date.now() - 86_400_000 }), database: 'sqlite',
      simulator: { callbacks: { retryDelayMs: 2_000 }, ...withContactCallback.simulator },
    })
    port = await freePort()
    const url = `http://127.0.0.1:${port}/wecom/callback`
    stage.simulator.connect({ callbackUrl: url, contactCallbackUrl: url })
    await start()
  }, 120_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    await stage.stop()
    program.remove()
  })

  async function start(): Promise<void> {
    server = startProcess(program.file, { ...stage.env, ...withContactCallback.env, PORT: String(port) })
    await server.listening
  }

  async function killAfter(ms: number): Promise<void> {
    await pause(ms)
    server?.kill('SIGKILL')
    await server?.ended
    await start()
  }

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const end = Date.now() + 60_000
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`still not: ${what}\n${server?.output() ?? ''}`)
      await pause(50)
    }
  }

  it('each wish is asked for once, decided once, applied once, and everybody is told once', { timeout: 240_000 }, async () => {
    const { controls } = stage.simulator
    const { db } = stage.test.database
    const random = seededRandom(Date.now())
    const cardsOf = (userid: string) => controls.outbox(userid).filter((message) => message.msgtype === 'template_card')
    const storeOf = (userid: string) => stage.company.staff.find((one) => one.userid === userid)?.departmentIds[0] ?? 0

    for (let round = 1; round <= rounds; round += 1) {
      const [clerk, manager] = [numbered('clerk', round), numbered('manager', round + rounds)]
      controls.moveStaff(clerk, [storeOf(clerk), storeOf(manager)])
      await killAfter(random.integer(0, 250))
      await until(`the card of ${manager}`, () => cardsOf(manager).length > 0)
      controls.tapCard(manager, { taskId: cardsOf(manager)[0]?.taskId ?? '' }, 'approve')
      await killAfter(random.integer(0, 250))
      const { id } = await db.getRepository(staff).findOneByOrFail({ userid: clerk })
      await until(`${clerk} in the second store`, () => db.getRepository(staffDepartments).existsBy({ staffId: id, departmentId: storeOf(manager) }))
      await until(`${clerk} is told`, () => controls.outbox(clerk).some((message) => message.msgtype === 'text'))
    }
    await controls.callbacksIdle()
    await untilQuiet(stage.test.database, 60_000)

    for (let round = 1; round <= rounds; round += 1) {
      const [clerk, manager] = [numbered('clerk', round), numbered('manager', round + rounds)]
      const { id } = await db.getRepository(staff).findOneByOrFail({ userid: clerk })
      const requests = await db.getRepository(approvalRequests).findBy({ requesterStaffId: id })
      const decided = await db.getRepository(auditEntries).countBy({ action: 'approval.approved', subjectId: requests[0]?.id ?? '' })
      const applied = await db.getRepository(auditEntries).countBy({ action: 'directory.agreed', subjectId: id })
      const told = controls.outbox(clerk).filter((message) => message.msgtype === 'text').length
      expect([clerk, requests.map((one) => one.status), decided, applied, told]).toEqual([clerk, ['approved'], 1, 1, 1])
      expect([manager, cardsOf(manager).map((card) => card.replacedName)]).toEqual([manager, ['已同意']])
    }
    expect(await deadLetters(stage.test.database)).toEqual([])
    expect((await verifyChain(stage.test.database)).firstBroken).toBeUndefined()
  })
})
