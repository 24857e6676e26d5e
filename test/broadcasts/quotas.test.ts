import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { capsOf, monthsBetween, type Cap } from '../../server/broadcasts/quotas/caps.ts'
import { quotaShares, quotaUses } from '../../server/broadcasts/quotas/quota.entity.ts'
import { holdShare, leftOf, reserve, settle, type CountedMessage } from '../../server/broadcasts/quotas/quotas.ts'
import { defaultRules, flawsOf } from '../../server/broadcasts/rules/rules.ts'
import { present } from '../../server/errors.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'

const day = '2026-11-25'
const two = (perMonth: number, perDay = perMonth): Cap[] => [{ bucket: '*|*', perMonth, perDay }]
const messages = (count: number, valueTier: number | null = null): CountedMessage[] => Array.from({ length: count }, () => ({ category: 'care', valueTier }))

describe.each(await testDatabaseKinds())('quotas, on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())

  const tryReserve = async (staffId: string, caps: readonly Cap[], of: readonly CountedMessage[], planId = uuid()) => {
    try {
      await test.database.transaction((work) => reserve(work, { planId, staffId, day, caps, messages: of }))
      return planId
    } catch (error) {
      return error as { readonly code: string, readonly data: Record<string, unknown> }
    }
  }
  const useOf = async (staffId: string, bucket = '*|*') =>
    Object.fromEntries((await test.database.db.findBy(quotaUses, { staffId, bucket })).map((row) => [row.period, [row.reserved, row.used]]))
  const end = (planId: string, staffId: string, ended: readonly (CountedMessage & { sent: boolean })[]) => test.database.transaction(async (work) => {
    await settle(work, present(await holdShare(work, planId, staffId), 'the share'), ended)
  })
  const as = (sent: boolean, of: readonly CountedMessage[]) => of.map((message) => ({ ...message, sent }))

  it('S40 message 201 is refused, with how many are left; nothing of a refused share stays', async () => {
    const staffId = uuid()
    expect(await tryReserve(staffId, two(200), messages(150))).toBeTypeOf('string')
    expect(await tryReserve(staffId, two(200), messages(51))).toMatchObject({ code: 'broadcast.quota_exceeded', status: 409, data: { needed: 51, left: 50, period: 'month', at: '2026-11', limit: 200 } })
    expect(await useOf(staffId)).toEqual({ '2026-11': [150, 0], [day]: [150, 0] })
    expect(await tryReserve(staffId, two(200), messages(50))).toBeTypeOf('string')
    expect(await tryReserve(staffId, two(200), messages(1))).toMatchObject({ data: { left: 0 } })
  })

  it('S40 the day has a cap of its own, and a refusal by the day leaves the month as it was', async () => {
    const staffId = uuid()
    expect(await tryReserve(staffId, two(800, 100), messages(101))).toMatchObject({ data: { period: 'day', at: day, left: 100 } })
    expect(await useOf(staffId)).toEqual({})
    expect(await test.database.db.countBy(quotaShares, { staffId })).toBe(0)
  })

  it('S40 seniors are narrowed by the tier of the customers', async () => {
    const staffId = uuid()
    const caps = capsOf(defaultRules, { roles: [], months: 12, level: 0 })
    expect(caps).toEqual([{ bucket: '*|*', perMonth: 800, perDay: 200 }, { bucket: '3|*', perMonth: 400, perDay: 200 }])
    const wide = caps.map((cap) => ({ ...cap, perDay: 10_000 }))
    expect(await tryReserve(staffId, wide, messages(401, 2))).toMatchObject({ data: { limit: 400, left: 400 } })
    expect(await tryReserve(staffId, wide, [...messages(400, null), ...messages(400, 3)])).toBeTypeOf('string')
    expect(await tryReserve(staffId, wide, messages(1, 5))).toMatchObject({ data: { limit: 800, left: 0 } })
  })

  it('S40 sent messages are used, all others come back; a repeat changes nothing', async () => {
    const staffId = uuid()
    const planId = await tryReserve(staffId, two(200), messages(10)) as string
    await end(planId, staffId, as(true, messages(4)))
    expect(await useOf(staffId)).toEqual({ '2026-11': [6, 4], [day]: [6, 4] })
    await end(planId, staffId, as(false, messages(6)))
    await end(planId, staffId, as(true, messages(10)))
    await end(planId, staffId, as(false, messages(10)))
    expect(await useOf(staffId)).toEqual({ '2026-11': [0, 4], [day]: [0, 4] })
    const left = await leftOf(test.database.db, staffId, day, two(200, 50))
    expect(left.map((one) => one.left)).toEqual([196, 46])
  })

  it('S40 the same share is reserved once, also when it is asked for again after a crash', async () => {
    const staffId = uuid()
    const planId = await tryReserve(staffId, two(200), messages(20)) as string
    expect(await tryReserve(staffId, two(200), messages(20), planId)).toBe(planId)
    expect(await useOf(staffId)).toEqual({ '2026-11': [20, 0], [day]: [20, 0] })
  })

  it('S40 a hundred submissions at once with 200 left never reserve more', async () => {
    const staffId = uuid()
    const results = await Promise.all(Array.from({ length: 100 }, () => tryReserve(staffId, two(200), messages(3))))
    expect(results.filter((one) => typeof one === 'string')).toHaveLength(66)
    expect(results.filter((one) => typeof one !== 'string').map((one) => (one as { code: string }).code)).toEqual(Array(34).fill('broadcast.quota_exceeded'))
    expect(await useOf(staffId)).toEqual({ '2026-11': [198, 0], [day]: [198, 0] })
  })

  if (kind === 'mysql') {
    it('S40 the same from two processes', { timeout: 60_000 }, async () => {
      const staffId = uuid()
      const run = () => new Promise<number>((resolve, reject) => {
        const child = spawn(process.execPath, ['--import', 'tsx', 'test/broadcasts/support/reserve.ts', test.url, staffId, '50', '3', '200'], { stdio: ['ignore', 'pipe', 'inherit'] })
        let output = ''
        child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
        child.once('exit', (code) => (code === 0 ? resolve(Number(output)) : reject(new Error(`ended with ${String(code)}`))))
      })
      const [one = 0, other = 0] = await Promise.all([run(), run()])
      expect(one + other).toBe(66)
      expect([one > 0, other > 0]).toEqual([true, true])
      expect(await useOf(staffId)).toEqual({ '2026-11': [198, 0], [day]: [198, 0] })
    })
  }
})

describe('caps', () => {
  const rule = { roles: [] as string[], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 10, perDay: 5 }
  const sender = { roles: ['clerk'], months: 5, level: 1 }

  it('S40 the first rule that fits counts; unknown tenure is new', () => {
    expect(capsOf(defaultRules, { roles: [], months: 2, level: 3 })).toEqual([{ bucket: '*|*', perMonth: 200, perDay: 100 }])
    const quotas = [{ ...rule, roles: ['sales'], perMonth: 1 }, { ...rule, levelAtLeast: 2, perMonth: 2 }, { ...rule, roles: ['clerk'], perMonth: 3 }, { ...rule, perMonth: 4 }]
    expect(capsOf({ quotas }, sender).map((cap) => cap.perMonth)).toEqual([3])
    expect(capsOf({ quotas }, { ...sender, level: 2 }).map((cap) => cap.perMonth)).toEqual([2])
    expect(capsOf({ quotas }, { ...sender, roles: [] }).map((cap) => cap.perMonth)).toEqual([4])
  })

  it('of a category come beside those for all; without a rule for all nothing may be sent', () => {
    expect(capsOf({ quotas: [{ ...rule, category: 'promotion', perMonth: 3 }] }, sender)).toEqual([{ bucket: '*|*', perMonth: 0, perDay: 0 }, { bucket: '*|promotion', perMonth: 3, perDay: 5 }])
  })

  it('rules that leave somebody without any cap, or can fit nobody, are named', () => {
    expect(flawsOf(defaultRules)).toEqual([])
    expect(flawsOf({ ...defaultRules, quotas: [{ ...rule, roles: ['clerk'] }] })).toEqual(['quotas'])
    expect(flawsOf({ ...defaultRules, quotas: [{ ...rule, monthsFrom: 3, monthsBelow: 3 }, rule] })).toEqual(['quotas.0.monthsBelow'])
  })

  it('S40 months are whole months of the calendar', () => {
    expect([['2026-08-25', day], ['2026-08-26', day], ['2025-11-25', day], ['2026-12-01', day]].map(([from = '', to = '']) => monthsBetween(from, to))).toEqual([3, 2, 12, 0])
  })
})
