import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { company, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { customersPerMember: 60 } }) })
afterEach(() => bench.stop())

const dayMs = 86_400_000
const own = company.customers.filter((customer) => customer.follows.some((follow) => follow.userid === 'clerk01'))
const customer = own[0]?.externalUserId ?? ''
const pair = { handover_userid: 'clerk01', takeover_userid: 'saleshead01' }
const start = (body: Record<string, unknown> = {}) => bench.post('externalcontact/transfer_customer', { ...pair, external_userid: [customer], ...body })
const itemCode = async (body: Record<string, unknown> = {}) => {
  const list = (await start(body)).customer
  return Array.isArray(list) ? list.map((each: { errcode: number }) => each.errcode) : []
}
const events = () => bench.receiver.messages.map((message) => [element(message, 'ChangeType'), element(message, 'UserID'), element(message, 'Source')].join(' ').trim())

describe('transfer of an employed member\'s customers', () => {
  it('each customer has his own errcode; the outer one is 0', async () => {
    const stranger = company.customers.find((each) => !own.includes(each))?.externalUserId
    const answer = await start({ external_userid: [customer, 'wmUNKNOWN', stranger] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/transfer_customer.json'), answer)).toEqual([])
    expect(answer.errcode).toBe(0)
    expect(answer.customer).toEqual([{ external_userid: customer, errcode: 0 }, { external_userid: 'wmUNKNOWN', errcode: 40096 }, { external_userid: stranger, errcode: 40131 }])
    expect(await itemCode()).toEqual([40129])
  })

  it('the whole call fails for more than 100, equal people, a stranger, a disabled takeover, a long message', async () => {
    expect((await start({ external_userid: Array(101).fill(customer) })).errcode).toBe(40035)
    expect((await start({ takeover_userid: 'CLERK01' })).errcode).toBe(40130)
    expect((await start({ takeover_userid: 'nobody' })).errcode).toBe(60111)
    expect((await start({ transfer_success_msg: '字'.repeat(201) })).errcode).toBe(40058)
    bench.simulator.controls.disableStaff('saleshead01')
    expect((await start()).errcode).toBe(41054)
  })

  it('happens 24 hours later, and only then speaks', async () => {
    const { controls } = bench.simulator
    await start()
    const waiting = await bench.post('externalcontact/transfer_result', pair)
    expect(shapeDifferences(jsonFixture('response/externalcontact/transfer_result.json'), waiting)).toEqual([])
    expect(waiting.customer).toEqual([{ external_userid: customer, status: 2, takeover_time: (bench.start + dayMs) / 1000 }])
    expect(controls.deliveries()).toEqual([])
    controls.advance(dayMs)
    await controls.callbacksIdle()
    expect(events().sort()).toEqual(['add_external_contact saleshead01', 'del_external_contact clerk01 DELETE_BY_TRANSFER'])
    expect((await bench.post('externalcontact/transfer_result', pair)).customer).toMatchObject([{ status: 1 }])
    expect((await bench.get('externalcontact/list', { userid: 'saleshead01' })).external_userid).toEqual([customer])
  })

  it('a refusal leaves the customer where he is', async () => {
    await start()
    bench.simulator.controls.transferFail(customer)
    await bench.simulator.controls.callbacksIdle()
    expect(events()).toEqual(['transfer_fail saleshead01'])
    expect(element(bench.receiver.messages[0] ?? '', 'FailReason')).toBe('customer_refused')
    expect((await bench.post('externalcontact/transfer_result', pair)).customer).toEqual([{ external_userid: customer, status: 3, takeover_time: 0 }])
    expect((await bench.get('externalcontact/list', { userid: 'clerk01' })).external_userid).toContain(customer)
  })

  it('40128 for the third time in 90 days, 40099 for a full member', async () => {
    await start()
    bench.simulator.controls.runOutTransfers()
    await start({ handover_userid: 'saleshead01', takeover_userid: 'clerk01' })
    bench.simulator.controls.runOutTransfers()
    expect(await itemCode()).toEqual([40128])
    const other = own[1]?.externalUserId
    for (let extra = 0; extra < 60; extra += 1) bench.simulator.controls.memberAddsCustomer('saleshead01', { newCustomer: { name: '甲' } })
    expect(await itemCode({ external_userid: [other] })).toEqual([40099])
  })
})

describe('customers of somebody who left', () => {
  const resigned = (body: Record<string, unknown> = {}) => bench.post('externalcontact/resigned/transfer_customer', { ...pair, external_userid: [customer], ...body })

  it('40097 while he is still there; then they wait in get_unassigned_list', async () => {
    expect((await resigned()).errcode).toBe(40097)
    bench.simulator.controls.deleteStaff('clerk01')
    const list = await bench.post('externalcontact/get_unassigned_list', { page_size: 2 })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_unassigned_list.json'), list)).toEqual([])
    expect(list).toMatchObject({ is_last: false })
    expect((await start()).errcode).toBe(60111)
    expect((await resigned()).customer).toEqual([{ external_userid: customer, errcode: 0 }])
    bench.simulator.controls.runOutTransfers(customer)
    await bench.simulator.controls.callbacksIdle()
    expect(events()).toContain('add_external_contact saleshead01')
    expect(events().join()).not.toContain('del_external_contact')
    expect((await bench.post('externalcontact/resigned/transfer_result', pair)).customer).toMatchObject([{ external_userid: customer, status: 1 }])
    expect((await bench.post('externalcontact/transfer_result', pair)).customer).toEqual([])
    const left = await bench.post('externalcontact/get_unassigned_list', {})
    expect(JSON.stringify(left.info)).not.toContain(customer)
  })
})
