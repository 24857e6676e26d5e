import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrations } from '../../migrations/index.ts'
import type { Approvals } from '../../server/approvals/index.ts'
import { openDatabase, type Database } from '../../server/database/database.ts'
import { entities } from '../../server/entities.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { ApprovingCompany } from './support/approving-company.ts'

const hour = 3_600_000
const deciders = ['boss', 'boss2', 'east', 'head', 'director', 'mate', 'clerk', 'admin'] as const

const Step = fc.oneof(
  fc.record({ do: fc.constant('tap' as const), who: fc.constantFrom(...deciders), verdict: fc.constantFrom('approve' as const, 'refuse' as const) }),
  fc.record({ do: fc.constant('withdraw' as const) }),
  fc.record({ do: fc.constant('clock' as const), hours: fc.constantFrom(0, 4, 73) }),
  fc.record({ do: fc.constant('effects' as const) }),
)

type StepTaken = typeof Step extends fc.Arbitrary<infer T> ? T : never

/** What chance may leave out: one way to each ending. */
const everyEnding: [StepTaken[], 'first' | 'all'][] = [
  [[{ do: 'tap', who: 'boss', verdict: 'approve' }, { do: 'tap', who: 'boss', verdict: 'approve' }], 'first'],
  [[{ do: 'tap', who: 'boss', verdict: 'refuse' }, { do: 'effects' }], 'first'],
  [[{ do: 'withdraw' }, { do: 'withdraw' }], 'first'],
  [[{ do: 'clock', hours: 73 }, { do: 'effects' }], 'first'],
]

describe.each(await testDatabaseKinds())('one decision whatever happens at the same time, on %s', (kind) => {
  let at: ApprovingCompany
  let second: Database | null = null
  let processes: Approvals[] = []

  beforeAll(async () => {
    at = await ApprovingCompany.open(kind)
    await at.fresh()
    // A second process of its own on MySQL; SQLite has one, with many requests at once.
    if (kind === 'mysql') second = await openDatabase({ url: at.company.test.url, entities, migrations })
    processes = [at.approvals, second === null ? at.approvals : at.approvalsOn(second)]
  })
  afterAll(async () => {
    await second?.close()
    await at.company.test.drop()
  })

  async function take(step: StepTaken, id: string, approvals: Approvals): Promise<string | null> {
    switch (step.do) {
      case 'tap': return (await approvals.decide(id, step.who, step.verdict, 'console')).outcome
      case 'withdraw': return at.change((work) => at.approvals.withdraw(work, id, 'clerk')).then(() => 'withdrawn', () => null)
      case 'clock':
        at.company.now += step.hours * hour
        await approvals.moveDue()
        return null
      case 'effects':
        await at.settle()
        return null
    }
  }

  it('exactly one ending is written, its effect once, and every other tap is told', { timeout: 180_000 }, async () => {
    const endings = new Set<string>()
    await fc.assert(fc.asyncProperty(fc.array(Step, { minLength: 2, maxLength: 12 }), fc.constantFrom('first' as const, 'all' as const), async (steps, mode) => {
      const { id } = await at.ask('clerk', { mode })
      if (mode === 'all') await at.settle()
      at.happened.length = 0
      const outcomes = await Promise.all(steps.map((step, place) => take(step, id, processes[place % 2] ?? at.approvals)))
      const row = await at.row(id)
      endings.add(row.status)
      const deciding = outcomes.filter((outcome) => outcome === 'approved' || outcome === 'refused' || outcome === 'withdrawn')
      const here = at.happened.filter((one) => one.id === id)
      expect(await at.effects(id)).toBe(row.status === 'approved' ? 1 : 0)
      if (row.status === 'pending') expect([deciding, here, row.dueAt]).toEqual([[], [], expect.any(Number)])
      else {
        expect(here.map((one) => one.status)).toEqual([row.status])
        expect(deciding).toEqual(row.status === 'expired' ? [] : [row.status])
        expect([row.dueAt, row.uniqueKey]).toEqual([null, null])
        expect((await at.actions(id)).filter((action) => action === `approval.${row.status}`)).toHaveLength(1)
      }
    }), { numRuns: kind === 'sqlite' ? 60 : 40, endOnFailure: true, examples: everyEnding })
    for (const ending of ['approved', 'refused', 'withdrawn', 'expired']) expect(endings).toContain(ending)
  })

  if (kind === 'mysql') it('two processes that decide and move on at once: one decides, nobody is asked twice', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { id } = await at.ask('clerk')
      await Promise.all([at.settle(), ...processes.map((one) => one.moveDue())])
      at.company.now += 4 * hour
      const [taps] = await Promise.all([
        Promise.all(processes.flatMap((one) => ['boss', 'boss2', 'east'].map((who) => one.decide(id, who, who === 'boss' ? 'approve' : 'refuse', 'console')))),
        ...processes.map((one) => one.moveDue()),
      ])
      expect(taps.filter((tap) => tap.outcome !== 'late')).toHaveLength(1)
      expect(await at.effects(id)).toBe((await at.row(id)).status === 'approved' ? 1 : 0)
      const asked = Object.values(await at.asked(id)).flat()
      expect(asked).toEqual([...new Set(asked)])
    }
  })
})
