import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { company, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { corpTagCap: 30 } }) })
afterEach(() => bench.stop())

const Made = z.looseObject({ tag_group: z.looseObject({ group_id: z.string(), tag: z.array(z.looseObject({ id: z.string(), name: z.string() })) }) })
const add = async (body: Record<string, unknown>) => Made.parse(await bench.post('externalcontact/add_corp_tag', body)).tag_group

describe('corp tags', () => {
  it('list and add have their shapes; deleted shows only in filtered answers', async () => {
    const list = await bench.post('externalcontact/get_corp_tag_list')
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_corp_tag_list.json'), list)).toEqual([])
    const made = await bench.post('externalcontact/add_corp_tag', { group_name: '测试', tag: [{ name: '甲', order: 1 }] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/add_corp_tag.json'), made)).toEqual([])
    const id = Made.parse(made).tag_group.tag[0]?.id
    await bench.post('externalcontact/del_corp_tag', { tag_id: [id] })
    const filtered = await bench.post('externalcontact/get_corp_tag_list', { tag_id: [id] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_corp_tag_list.filtered_deleted.json'), filtered)).toEqual([])
    expect(filtered.tag_group).toMatchObject([{ deleted: true, tag: [{ deleted: true }] }])
    expect(JSON.stringify((await bench.post('externalcontact/get_corp_tag_list')).tag_group)).not.toContain('测试')
  })

  it('an existing group name is added to; equal names collapse to one tag', async () => {
    const first = await add({ group_name: '测试', tag: [{ name: '甲' }, { name: '甲' }] })
    expect(first.tag).toHaveLength(1)
    const second = await add({ group_name: '测试', tag: [{ name: '乙' }] })
    expect(second.group_id).toBe(first.group_id)
    expect((await add({ group_id: first.group_id, group_name: '别的', tag: [{ name: '丙' }] })).group_id).toBe(first.group_id)
  })

  it('limits: names of 30 characters, no empty group, the cap of the corp', async () => {
    const code = async (body: Record<string, unknown>) => (await bench.post('externalcontact/add_corp_tag', body)).errcode
    expect(await code({ group_name: '组', tag: [] })).toBe(40063)
    expect(await code({ tag: [{ name: '甲' }] })).toBe(40063)
    expect(await code({ group_name: '组'.repeat(31), tag: [{ name: '甲' }] })).toBe(40058)
    expect(await code({ group_name: '组', tag: [{ name: '名'.repeat(31) }] })).toBe(40058)
    expect(await code({ group_name: '组', tag: [{ name: '甲', order: 2 ** 32 }] })).toBe(40058)
    expect(await code({ group_id: 'etNO', tag: [{ name: '甲' }] })).toBe(40068)
    const live = company.tagGroups.flatMap((group) => group.tags).length
    expect(await code({ group_name: '组', tag: Array.from({ length: 30 - live + 1 }, (_, index) => ({ name: `t${index}` })) })).toBe(40126)
  })

  it('an app changes only its own tags: 81011; 40071 for a taken name', async () => {
    const foreign = company.tagGroups[0]?.tags[0]?.id
    expect((await bench.post('externalcontact/edit_corp_tag', { id: foreign, name: '新名' })).errcode).toBe(81011)
    expect((await bench.post('externalcontact/del_corp_tag', { tag_id: [foreign] })).errcode).toBe(81011)
    expect((await bench.post('externalcontact/del_corp_tag', {})).errcode).toBe(40063)
    const own = await add({ group_name: '测试', tag: [{ name: '甲' }, { name: '乙' }] })
    expect((await bench.post('externalcontact/edit_corp_tag', { id: own.tag[0]?.id, name: own.tag[1]?.name })).errcode).toBe(40071)
    expect((await bench.post('externalcontact/edit_corp_tag', { id: own.tag[0]?.id, name: '丙' })).errcode).toBe(0)
    expect((await bench.post('externalcontact/edit_corp_tag', { id: own.group_id, name: '组二' })).errcode).toBe(0)
    expect(bench.simulator.controls.deliveries()).toEqual([])
  })

  it('an administrator\'s changes make events; a deleted group makes one', async () => {
    const { controls } = bench.simulator
    const { groupId, tagIds } = controls.adminCreatesTagGroup('新组', ['一'])
    controls.adminRenamesTag(tagIds[0] ?? '', '二')
    controls.adminDeletesTag(groupId)
    controls.adminShufflesTags()
    await controls.callbacksIdle()
    const seen = bench.receiver.messages.map((message) => [element(message, 'ChangeType'), element(message, 'TagType'), element(message, 'Id')].join(' ')).sort()
    expect(seen).toEqual([`create tag ${tagIds[0]}`, `create tag_group ${groupId}`, `delete tag_group ${groupId}`, 'shuffle  ', `update tag ${tagIds[0]}`].sort())
  })
})
