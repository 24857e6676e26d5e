import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { staffRoles, restrictions } from '../../server/access/index.ts'
import { companyLevel, administratorLevel } from '../../server/approvals/standing.ts'
import { markSamePerson } from '../../server/organization/same-person.ts'
import { staffDepartments } from '../../server/organization/index.ts'
import { places } from '../access/support/company.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { ApprovingCompany, people } from './support/approving-company.ts'

const hour = 3_600_000

describe.each(await testDatabaseKinds())('approvals on %s', (kind) => {
  let at: ApprovingCompany
  beforeAll(async () => { at = await ApprovingCompany.open(kind) })
  afterAll(() => at.company.test.drop())
  beforeEach(() => at.fresh())

  const change = (run: Parameters<ApprovingCompany['change']>[0]) => at.change(run)
  const tap = (id: string, who: string, verdict: 'approve' | 'refuse' = 'approve') => at.approvals.decide(id, who, verdict, 'console')
  const outcome = async (id: string, who: string, verdict: 'approve' | 'refuse' = 'approve') => {
    const decided = await tap(id, who, verdict)
    return decided.outcome === 'not-eligible' ? decided.reason : decided.outcome
  }

  describe('who may decide', () => {
    it.each([
      ['clerk', 'requester'], ['mate', 'no-right'], ['boss', 'approved'], ['boss2', 'approved'], ['neighbour', 'no-right'], ['east', 'approved'], ['west', 'no-right'],
      ['head', 'approved'], ['director', 'approved'], ['gone', 'inactive'], ['admin', 'not-asked'], ['nobody', 'inactive'],
    ])('a clerk\'s request by %s: %s', async (who, expected) => {
      const { id } = await at.ask('clerk')
      expect(await outcome(id, who)).toBe(expected)
      expect(await at.effects(id)).toBe(expected === 'approved' ? 1 : 0)
    })

    it.each([['clerk', 'no-right'], ['boss2', 'not-superior'], ['east', 'approved'], ['west', 'no-right'], ['director', 'approved']])(
      'a store manager\'s request by %s: %s', async (who, expected) => {
        const { id } = await at.ask('boss')
        expect(await outcome(id, who)).toBe(expected)
      })

    it('beneficiaries do not decide, whatever their standing', async () => {
      const { id } = await at.ask('clerk', { beneficiaryStaffIds: ['mate', 'boss'] })
      expect(await outcome(id, 'boss')).toBe('beneficiary')
      expect(await outcome(id, 'boss2')).toBe('approved')
    })

    it('nor does the other account of requester or beneficiary', async () => {
      await change((work) => markSamePerson(work.db, 'boss', 'clerk'))
      await change((work) => markSamePerson(work.db, 'mate', 'boss2'))
      const own = await at.ask('clerk')
      expect(await outcome(own.id, 'boss')).toBe('same-person')
      const forMate = await at.ask('clerk', { beneficiaryStaffIds: ['mate'] })
      expect(await outcome(forMate.id, 'boss2')).toBe('same-person')
      await change((work) => markSamePerson(work.db, 'mate', 'boss'))
      expect(await outcome(own.id, 'boss2')).toBe('same-person')
      expect(await outcome(own.id, 'east')).toBe('approved')
    })

    it('the right counts at the tap: lost since, or restricted, it is gone; gained since, it is there', async () => {
      const { id } = await at.ask('clerk')
      await at.settle()
      expect(await at.asked(id)).toEqual({ 0: ['boss', 'boss2'] })
      await change(async (work) => {
        await work.db.getRepository(staffRoles).delete({ staffId: 'boss', roleKey: 'store-manager' })
        await work.db.getRepository(restrictions).insert({
          id: 'no', createdAt: 0, endedAt: null,
          definition: { subject: { staffIds: ['boss2'] }, operations: ['marketing.approvals.operate'], scope: { kind: 'all' } },
        })
        await work.db.getRepository(staffRoles).insert({ staffId: 'mate', roleKey: 'store-manager', source: 'administrator', since: 0 })
        await at.company.access.raiseEpoch(work)
      })
      expect([await outcome(id, 'boss'), await outcome(id, 'boss2'), await outcome(id, 'mate')]).toEqual(['no-right', 'no-right', 'approved'])
    })

    it('after a move of the requester his new superiors decide; a department that was never his stays', async () => {
      const own = await at.ask('clerk')
      const named = await at.ask('clerk', { departmentId: places.chengdu })
      await change(async (work) => {
        await work.db.getRepository(staffDepartments).update({ staffId: 'clerk' }, { departmentId: places.xujiahui })
        await at.company.access.raiseEpoch(work)
      })
      expect([await outcome(own.id, 'boss'), await outcome(own.id, 'neighbour')]).toEqual(['no-right', 'approved'])
      expect([await outcome(named.id, 'neighbour'), await outcome(named.id, 'west')]).toEqual(['no-right', 'approved'])
    })

    it('heads of one rank are peers; a seat above the other\'s in the tree tells', async () => {
      const { id } = await at.ask('director')
      expect(await outcome(id, 'head')).toBe('not-superior')
      await change(async (work) => {
        await work.db.getRepository(staffDepartments).update({ staffId: 'head' }, { departmentId: places.company })
        await at.company.access.raiseEpoch(work)
      })
      expect(await outcome(id, 'head')).toBe('approved')
    })

    it('what concerns the company is decided by another administrator, and by nobody else', async () => {
      const { id } = await at.ask('admin', { kind: 'policy' })
      expect([await outcome(id, 'admin'), await outcome(id, 'director'), await outcome(id, 'boss'), await outcome(id, 'admin2')]).toEqual(['requester', 'no-right', 'no-right', 'approved'])
    })

    it('S37 a template is decided by those who lead templates, also by each other, at once, and by nobody else', async () => {
      const lead = { roles: ['marketing-director'], in: [places.headquarters] }
      await at.fresh({ ...people, staff: { ...people.staff, lead, lead2: lead } })
      const { id } = await at.ask('boss', { kind: 'script', beneficiaryStaffIds: [] })
      await at.settle()
      expect(await at.asked(id)).toEqual({ 0: ['director', 'lead', 'lead2'] })
      // Superiors who lead no templates, and an administrator however long it waits.
      for (const who of ['east', 'head', 'admin']) expect([who, await outcome(id, who)]).toEqual([who, 'no-right'])
      await at.pass(48 * hour)
      expect([await at.asked(id), await outcome(id, 'admin')]).toEqual([{ 0: ['director', 'lead', 'lead2'] }, 'no-right'])
      expect(await outcome(id, 'lead')).toBe('approved')
      const hers = await at.ask('lead', { kind: 'script', beneficiaryStaffIds: [] })
      expect([await outcome(hers.id, 'lead'), await outcome(hers.id, 'lead2')]).toEqual(['requester', 'approved'])
      const heads = await at.ask('head', { kind: 'script', beneficiaryStaffIds: ['lead'] })
      expect([await outcome(heads.id, 'lead'), await outcome(heads.id, 'lead2')]).toEqual(['beneficiary', 'approved'])
    })

    it('what needs the console is not decided by a card, and stays undecided', async () => {
      const { id } = await at.ask('admin', { kind: 'policy' })
      expect(await at.approvals.decide(id, 'admin2', 'approve', 'card')).toMatchObject({ outcome: 'not-eligible', reason: 'console-only' })
      expect((await at.row(id)).status).toBe('pending')
    })
  })

  describe('one decision', () => {
    it('of many taps at once one decides, the others learn what it was', async () => {
      const { id } = await at.ask('clerk')
      const taps = await Promise.all(['boss', 'boss2', 'east', 'head', 'director'].map((who, place) => tap(id, who, place % 2 === 0 ? 'approve' : 'refuse')))
      const counted = taps.filter((one) => one.outcome !== 'late')
      expect(counted).toHaveLength(1)
      const { status } = await at.row(id)
      expect(new Set(taps.map((one) => one.request.status))).toEqual(new Set([status]))
      expect(await at.effects(id)).toBe(status === 'approved' ? 1 : 0)
      expect(at.happened).toHaveLength(1)
    })

    it('a repeated, a late and a foreign tap change nothing', async () => {
      const { id } = await at.ask('clerk')
      expect(await outcome(id, 'boss', 'refuse')).toBe('refused')
      for (const who of ['boss', 'boss2', 'east']) expect(await outcome(id, who)).toBe('late')
      expect(at.happened).toEqual([{ event: 'closed', id, status: 'refused' }])
      await expect(tap('019a0000-0000-7000-8000-000000000000', 'boss')).rejects.toMatchObject({ code: 'approval.not_found' })
    })

    it('an effect that fails undoes the decision; the next tap finds the request as it was', async () => {
      const { id } = await at.ask('clerk', { payload: { thing: 'broken' } })
      await expect(tap(id, 'boss')).rejects.toThrow('cut off')
      expect([(await at.row(id)).status, await at.effects(id), at.happened]).toEqual(['pending', 0, []])
      expect(await outcome(id, 'boss', 'refuse')).toBe('refused')
    })

    it('what has changed since it was asked for is closed as outdated, without effect', async () => {
      const { id } = await at.ask('clerk', { payload: { thing: 'outdated' } })
      expect(await outcome(id, 'boss')).toBe('late')
      expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['outdated', 0])
      expect(at.happened).toEqual([{ event: 'closed', id, status: 'outdated' }])
    })

    it('all who were asked must agree, one refusal ends it, nobody votes twice, and nobody is counted who was not asked', async () => {
      const { id } = await at.ask('clerk', { mode: 'all' })
      await at.settle()
      expect([await outcome(id, 'east'), await outcome(id, 'boss'), await outcome(id, 'boss', 'refuse')]).toEqual(['not-asked', 'recorded', 'late'])
      expect((await at.row(id)).status).toBe('pending')
      expect(await outcome(id, 'boss2')).toBe('approved')
      const other = await at.ask('clerk', { mode: 'all' })
      await at.settle()
      expect([await outcome(other.id, 'boss'), await outcome(other.id, 'east', 'refuse')]).toEqual(['recorded', 'refused'])
      expect(await at.effects(other.id)).toBe(0)
    })

    it('of all, those who lost the right are not waited for', async () => {
      const { id } = await at.ask('clerk', { mode: 'all' })
      await at.settle()
      await change(async (work) => {
        await work.db.getRepository(staffRoles).delete({ staffId: 'boss2' })
        await at.company.access.raiseEpoch(work)
      })
      expect(await outcome(id, 'boss')).toBe('approved')
    })

    it('the requester takes it back once; nobody else does', async () => {
      const { id } = await at.ask('clerk')
      const withdraw = (who: string) => change((work) => at.approvals.withdraw(work, id, who))
      await expect(withdraw('boss')).rejects.toMatchObject({ code: 'approval.not_found' })
      await withdraw('clerk')
      await expect(withdraw('clerk')).rejects.toMatchObject({ code: 'approval.closed' })
      expect([await outcome(id, 'boss'), await at.effects(id), at.happened]).toEqual(['late', 0, [{ event: 'closed', id, status: 'withdrawn' }]])
    })

    it('the same wish waits once; a changed one replaces it', async () => {
      const first = await at.ask('clerk', { uniqueKey: 'k', contentHash: 'one' })
      expect((await at.ask('clerk', { uniqueKey: 'k', contentHash: 'one' })).id).toBe(first.id)
      const second = await at.ask('clerk', { uniqueKey: 'k', contentHash: 'two' })
      expect([(await at.row(first.id)).status, (await at.row(second.id)).status]).toEqual(['withdrawn', 'pending'])
      expect(await outcome(first.id, 'boss')).toBe('late')
      expect(await outcome(second.id, 'boss')).toBe('approved')
      expect((await at.ask('clerk', { uniqueKey: 'k', contentHash: 'two' })).id).not.toBe(second.id)
    })
  })

  describe('the clock', () => {
    it('asks level after level, then the administrators, then ends; who was asked before may still decide', async () => {
      const { id } = await at.ask('clerk')
      await at.settle()
      expect(await at.asked(id)).toEqual({ 0: ['boss', 'boss2'] })
      await at.pass(4 * hour - 1)
      expect(await at.asked(id)).toEqual({ 0: ['boss', 'boss2'] })
      await at.pass(1)
      expect(await at.asked(id)).toEqual({ 0: ['boss', 'boss2'], 1: ['east'] })
      await at.pass(4 * hour)
      expect(Object.keys(await at.asked(id)).map(Number)).toEqual([0, 1, companyLevel])
      expect((await at.asked(id))[companyLevel]).toEqual(['director', 'head'])
      await at.pass(4 * hour)
      expect((await at.asked(id))[administratorLevel]).toEqual(['admin', 'admin2'])
      await at.pass(4 * hour)
      expect((await at.row(id)).status).toBe('pending')
      const other = await at.ask('clerk')
      await at.pass(72 * hour)
      expect([(await at.row(id)).status, at.happened.filter((one) => one.id === id)]).toEqual(['expired', [{ event: 'closed', id, status: 'expired' }]])
      expect([await outcome(id, 'boss'), await outcome(other.id, 'boss')]).toEqual(['late', 'late'])
      expect(await at.effects(id)).toBe(0)
    })

    it('a level that was passed over still decides, an administrator once it is his turn', async () => {
      const { id } = await at.ask('clerk')
      for (let level = 0; level < 4; level += 1) await at.pass(4 * hour)
      const other = await at.ask('clerk')
      for (let level = 0; level < 4; level += 1) await at.pass(4 * hour)
      expect([await outcome(id, 'boss'), await outcome(other.id, 'admin')]).toEqual(['approved', 'approved'])
    })

    it('nothing is decided after the end though no job ran, and a clock set back opens nothing', async () => {
      const { id } = await at.ask('clerk')
      at.company.now += 72 * hour
      await at.company.as('boss')
      at.company.now -= 48 * hour
      expect(await outcome(id, 'boss')).toBe('late')
      expect([(await at.row(id)).status, await at.effects(id)]).toEqual(['expired', 0])
      at.company.now += 48 * hour
    })

    it('asks nobody twice, however often it looks and however many look at once', async () => {
      const { id } = await at.ask('clerk')
      await Promise.all([at.settle(), at.approvals.moveDue(), at.approvals.moveDue()])
      at.company.now += 4 * hour
      await Promise.all([at.approvals.moveDue(), at.approvals.moveDue(), at.approvals.moveDue()])
      await at.settle()
      expect(await at.asked(id)).toEqual({ 0: ['boss', 'boss2'], 1: ['east'] })
      expect(at.sent.map((one) => one.to).sort()).toEqual(['boss', 'boss2', 'east'])
    })

    it('a request whose owner left ends; what a gone person asked for opens nothing', async () => {
      const { id } = await at.ask('clerk')
      await change((work) => at.approvals.withdrawAllOf(work, 'clerk'))
      expect([(await at.row(id)).status, await outcome(id, 'boss')]).toEqual(['withdrawn', 'late'])
    })
  })

  it('everything stands in the audit, refusals too', async () => {
    const { id } = await at.ask('clerk')
    await at.settle()
    await tap(id, 'mate')
    await at.pass(4 * hour)
    await tap(id, 'east')
    expect(await at.actions(id)).toEqual(['approval.requested', 'approval.asked', 'approval.denied', 'approval.escalated', 'approval.approved'])
  })

  it('requester and beneficiaries learn the result, cards are greyed with the name of whoever decided', async () => {
    const { id } = await at.ask('clerk', { beneficiaryStaffIds: ['clerk', 'mate'] })
    await at.settle()
    at.sent.length = 0
    await tap(id, 'boss')
    await at.settle()
    expect(at.sent.map((one) => one.to).sort()).toEqual(['boss', 'boss2', 'clerk', 'mate'])
    expect(at.sent.find((one) => one.to === 'clerk')?.text).toMatch(/^您的申请「打开合同」已由boss同意。（编号 \w{6}）$/)
    expect(at.sent.find((one) => one.to === 'mate')?.text).toMatch(/^与您有关的申请「打开合同」/)
    expect(at.sent.filter((one) => one.text.startsWith('grey:')).map((one) => [one.to, one.text]).sort()).toEqual([['boss', 'grey:已同意'], ['boss2', 'grey:已同意（boss）']])
  })

  it('a note is kept and passed on without numbers', async () => {
    const { id } = await at.ask('clerk')
    await at.approvals.decide(id, 'boss', 'refuse', 'console', '客户电话13812345678，合同50000元')
    await at.settle()
    const text = at.sent.find((one) => one.to === 'clerk')?.text ?? ''
    expect(text).toContain('已由boss拒绝')
    expect(text).not.toMatch(/13812345678|50000/)
    expect((await at.row(id)).note).toBe('客户电话138****5678，合同¥***')
  })

  it('two people who keep approving each other are reported once, and again after the window', async () => {
    await at.fresh({ ...people, staff: { ...people.staff, watcher: { roles: ['administrator'], in: [places.headquarters] } } })
    const round = async (requester: string, approver: string) => {
      const { id } = await at.ask(requester, { kind: 'policy' })
      expect(await outcome(id, approver)).toBe('approved')
    }
    const reports = async () => (await at.company.test.database.db.query("SELECT action FROM audit_entries WHERE action = 'approval.mutual'")).length
    for (let count = 0; count < 3; count += 1) await round('admin', 'admin2')
    for (let count = 0; count < 2; count += 1) await round('admin2', 'admin')
    expect(await reports()).toBe(0)
    await round('admin2', 'admin')
    expect(await reports()).toBe(1)
    await round('admin2', 'admin')
    expect(await reports()).toBe(1)
    at.sent.length = 0
    await at.settle()
    expect(at.sent.filter((one) => one.text.startsWith('提醒')).map((one) => one.to).sort()).toEqual(['admin', 'admin2', 'watcher'])
    at.company.now += 31 * 24 * hour
    for (let count = 0; count < 3; count += 1) await round('admin', 'admin2')
    expect(await reports()).toBe(1)
    for (let count = 0; count < 3; count += 1) await round('admin2', 'admin')
    expect(await reports()).toBe(2)
  })
})
