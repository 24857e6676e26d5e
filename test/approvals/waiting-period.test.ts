import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { assertAdministratorRemains, restrictions, roles, staffRoles } from '../../server/access/index.ts'
import { waitingPeriodMs } from '../../server/approvals/index.ts'
import { staff } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { ApprovingCompany, people } from './support/approving-company.ts'

const { admin2: _second, ...others } = people.staff
const alone = { ...people, staff: others }
/** The first day: an administrator and the people of a store, nobody above. */
const firstDay = { ...people, staff: { admin: people.staff['admin'] ?? { roles: [] }, clerk: people.staff['clerk'] ?? { roles: [] } } }

describe.each(await testDatabaseKinds())('a company with one administrator, on %s', (kind) => {
  let at: ApprovingCompany
  beforeAll(async () => { at = await ApprovingCompany.open(kind) })
  afterAll(() => at.company.test.drop())
  beforeEach(() => at.fresh(alone))

  const outcome = async (id: string, who: string, verdict: 'approve' | 'refuse') => {
    const decided = await at.approvals.decide(id, who, verdict, 'console')
    return decided.outcome === 'not-eligible' ? decided.reason : decided.outcome
  }
  const give = (staffId: string, roleKey: string) => at.change(async (work) => {
    await work.db.getRepository(staffRoles).insert({ staffId, roleKey, source: 'administrator', since: 0 })
    await at.company.access.raiseEpoch(work)
  })
  const begin = async () => {
    const { id } = await at.ask('admin', { kind: 'policy' })
    await at.settle()
    return id
  }

  it('what needs a second one takes effect after the waiting period, not a millisecond earlier, and once', async () => {
    const id = await begin()
    const row = await at.row(id)
    expect([row.status, row.dueAt]).toEqual(['waiting', at.company.now + waitingPeriodMs])
    expect(at.sent.map((one) => one.to).sort()).toEqual(['admin', 'director', 'head'])
    await at.pass(waitingPeriodMs - 1)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['waiting', 0])
    at.company.now += 1
    await Promise.all([at.approvals.moveDue(), at.approvals.moveDue(), at.approvals.moveDue()])
    await at.settle()
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['approved', 1])
    expect(at.happened).toEqual([{ event: 'approved', id, status: 'approved' }])
    expect(await at.actions(id)).toEqual(['approval.requested', 'approval.waiting', 'approval.approved'])
    expect(at.sent.filter((one) => one.to === 'admin').at(-1)?.text).toContain('等待期已满，已生效')
  })

  it('a director who was told refuses; he cannot agree, and nobody without a say over the company can do either', async () => {
    const id = await begin()
    expect([await outcome(id, 'director', 'approve'), await outcome(id, 'boss', 'refuse'), await outcome(id, 'admin', 'approve')]).toEqual(['no-right', 'no-right', 'requester'])
    expect(await outcome(id, 'director', 'refuse')).toBe('refused')
    await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['refused', 0])
  })

  it('a second administrator who comes meanwhile agrees at once', async () => {
    const id = await begin()
    await give('head', 'administrator')
    expect([await outcome(id, 'head', 'approve'), await at.effects(id)]).toEqual(['approved', 1])
  })

  it('or is asked when the period is over: it no longer runs out by itself', async () => {
    const id = await begin()
    await give('head', 'administrator')
    await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id), await at.asked(id)]).toEqual(['pending', 0, { 0: ['head'] }])
    await at.pass(10 * waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['expired', 0])
  })

  it('an administrator who lost his office meanwhile gets nothing', async () => {
    const id = await begin()
    await at.change(async (work) => {
      await work.db.getRepository(staffRoles).delete({ staffId: 'admin' })
      await at.company.access.raiseEpoch(work)
    })
    await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['expired', 0])
  })

  it('what changed meanwhile is outdated', async () => {
    const { id } = await at.ask('admin', { kind: 'policy', payload: { thing: 'outdated' } })
    await at.settle()
    await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['outdated', 0])
  })

  it('an effect that fails leaves the request and is tried again', async () => {
    const { id } = await at.ask('admin', { kind: 'policy', payload: { thing: 'broken' } })
    await at.settle()
    await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['waiting', 0])
    expect((await at.row(id)).dueAt).toBeGreaterThan(at.company.now)
  })

  it('a grant with a superior in the company is his to decide; with none left it waits', async () => {
    const { id } = await at.ask('admin', { kind: 'grant', beneficiaryStaffIds: ['clerk'] })
    await at.settle()
    expect((await at.row(id)).status).toBe('pending')
    expect(Object.values(await at.asked(id)).flat()).toEqual(['director', 'head'])
    await at.fresh(firstDay)
    const lonely = await at.ask('admin', { kind: 'grant', beneficiaryStaffIds: ['clerk'] })
    await at.settle()
    await at.pass(waitingPeriodMs)
    expect([(await at.row(lonely.id)).status, await at.effects(lonely.id)]).toEqual(['approved', 1])
  })

  it.each([
    ['somebody who is no administrator', 'clerk', 'grant', { clerk: people.staff['clerk'] ?? { roles: [] } }],
    ['a kind that does not wait', 'admin', 'thing', firstDay.staff],
  ])('silence opens nothing for %s', async (_whose, requester, kindName, staffOf) => {
    await at.fresh({ ...people, staff: staffOf })
    const { id } = await at.ask(requester, { kind: kindName, beneficiaryStaffIds: ['clerk'] })
    await at.settle()
    for (let day = 0; day < 4; day += 1) await at.pass(waitingPeriodMs)
    expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['expired', 0])
  })

  describe('the last administrator', () => {
    const remains = (change: (db: Parameters<typeof assertAdministratorRemains>[0]) => Promise<unknown>) => at.change(async (work) => {
      await change(work.db)
      await assertAdministratorRemains(work.db, at.company.access.clock.now())
      await at.company.access.raiseEpoch(work)
    })
    const refused = { code: 'access.last_administrator' }

    it('cannot take his own role, nor the operation from the role, nor restrict himself; the change is undone', async () => {
      await expect(remains((db) => db.getRepository(staffRoles).delete({ staffId: 'admin' }))).rejects.toMatchObject(refused)
      await expect(remains((db) => db.getRepository(roles).update({ roleKey: 'administrator' }, { grants: [] }))).rejects.toMatchObject(refused)
      await expect(remains((db) => db.getRepository(restrictions).insert({
        id: 'lock', createdAt: 0, endedAt: null, definition: { subject: { everyone: true }, operations: ['system.policy.view'], scope: { kind: 'all' } },
      }))).rejects.toMatchObject(refused)
      await expect(remains((db) => db.getRepository(staff).update({ id: 'admin' }, { status: 'disabled' }))).rejects.toMatchObject(refused)
      expect((await at.company.as('admin')).may('system.policy.operate')).toBe(true)
    })

    it('may, once there is another who is active', async () => {
      await give('head', 'administrator')
      await remains((db) => db.getRepository(staffRoles).delete({ staffId: 'admin' }))
      expect([(await at.company.as('admin')).may('system.policy.operate'), (await at.company.as('head')).may('system.policy.operate')]).toEqual([false, true])
      await give('gone', 'administrator')
      await expect(remains((db) => db.getRepository(staffRoles).delete({ staffId: 'head', roleKey: 'administrator' }))).rejects.toMatchObject(refused)
    })
  })
})
