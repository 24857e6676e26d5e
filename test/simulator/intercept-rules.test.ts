import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonFixture, shapeDifferences } from './shape.ts'
import { startBench, type Bench } from './testing.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench() })
afterEach(() => bench.stop())

const draft = (more: object = {}) => ({ rule_name: '规则', word_list: ['词'], intercept_type: 1, applicable_range: { department_list: [1] }, ...more })
const add = (more: object = {}) => bench.post('externalcontact/add_intercept_rule', draft(more))
const code = async (more: object) => (await add(more)).errcode

describe('intercept rules', () => {
  it('are added, read, changed by word list and range, deleted', async () => {
    const { rule_id } = await add({ semantics_list: [1, 3] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_intercept_rule.json'), await bench.post('externalcontact/get_intercept_rule', { rule_id }))).toEqual([])
    expect((await bench.post('externalcontact/update_intercept_rule', { rule_id, word_list: [], extra_rule: { semantics_list: [] } })).errcode).toBe(0)
    expect(await bench.post('externalcontact/get_intercept_rule', { rule_id })).toMatchObject({ rule: { word_list: ['词'], semantics_list: [] } })
    expect((await bench.post('externalcontact/del_intercept_rule', { rule_id })).errcode).toBe(0)
    expect((await bench.post('externalcontact/get_intercept_rule', { rule_id })).errcode).toBe(41071)
    expect((await bench.post('externalcontact/get_intercept_rule', { rule_id: 'nothing' })).errcode).toBe(41070)
  })
  it('limits: 100 rules, 300 words of 32 characters, names of 20, a range', async () => {
    expect(await code({ word_list: Array.from({ length: 301 }, (_, place) => `词${place}`) })).toBe(41069)
    expect(await code({ word_list: ['长'.repeat(33)] })).toBe(41083)
    expect(await code({ semantics_list: [4] })).toBe(41084)
    expect(await code({ rule_name: '名'.repeat(21) })).toBe(40058)
    expect(await code({ applicable_range: {} })).toBe(40063)
    for (let number = 0; number < 100; number += 1) expect(await code({ rule_name: `规则${number}` })).toBe(0)
    expect(await code({ rule_name: '多的' })).toBe(41068)
  })
  it('names are taken once', async () => {
    await add()
    expect(await code({})).toBe(41077)
  })
})
