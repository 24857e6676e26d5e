import * as z from 'zod'
import { seconds } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import type { TagGroupRecord, TagRecord } from '../records.ts'
import { chars, fails } from '../schema.ts'
import type { State } from '../state.ts'

const maxOrder = 2 ** 32 - 1
const order = z.number().int().min(0).max(maxOrder).optional()
const tagName = chars(30).refine((text) => text !== '', '40063')

export function findTag(state: State, id: string): { group: TagGroupRecord, tag: TagRecord } | undefined {
  for (const group of state.tagGroups.values()) {
    const tag = group.tags.find((each) => each.id === id)
    if (tag !== undefined) return { group, tag }
  }
  return undefined
}

function tagAnswer(tag: TagRecord, withDeleted: boolean) {
  return { id: tag.id, name: tag.name, create_time: seconds(tag.createdAt), order: tag.order, ...(withDeleted ? { deleted: tag.deleted } : {}) }
}

function groupAnswer(group: TagGroupRecord, tags: readonly TagRecord[], withDeleted: boolean) {
  return {
    group_id: group.id, group_name: group.name, create_time: seconds(group.createdAt), order: group.order,
    ...(withDeleted ? { deleted: group.deleted } : {}),
    tag: [...tags].sort((a, b) => b.order - a.order).map((tag) => tagAnswer(tag, withDeleted)),
  }
}

/** WeCom doc path/92117: a group filter wins over a tag filter; `deleted` shows only in filtered answers. */
const list = endpoint({
  method: 'POST', path: 'externalcontact/get_corp_tag_list', customerApi: true,
  input: z.object({ tag_id: z.array(z.string()).default([]), group_id: z.array(z.string()).default([]) }),
  handle: ({ tag_id, group_id }, { core }) => {
    const groups = [...core.state.tagGroups.values()].sort((a, b) => b.order - a.order)
    if (group_id.length > 0) return { tag_group: groups.filter((group) => group_id.includes(group.id)).map((group) => groupAnswer(group, group.tags, true)) }
    if (tag_id.length > 0) {
      const hits = groups.map((group) => ({ group, tags: group.tags.filter((tag) => tag_id.includes(tag.id)) })).filter(({ tags }) => tags.length > 0)
      return { tag_group: hits.map(({ group, tags }) => groupAnswer(group, tags, true)) }
    }
    const live = groups.filter((group) => !group.deleted)
    return { tag_group: live.map((group) => groupAnswer(group, group.tags.filter((tag) => !tag.deleted), false)) }
  },
})

const add = endpoint({
  method: 'POST', path: 'externalcontact/add_corp_tag', customerApi: true,
  input: z.object({
    group_id: z.string().optional(), group_name: tagName.optional(), order, agentid: z.number().int().optional(),
    tag: z.array(z.object({ name: tagName, order })).min(1, '40063'),
  }),
  handle: (input, { core }) => {
    const { state, options } = core
    const live = [...state.tagGroups.values()].flatMap((group) => group.tags).filter((tag) => !tag.deleted).length
    const cap = options.strict?.corpTagCap ?? 10_000
    if (live + input.tag.length > cap) throw new WecomFault(40126)
    const group = groupFor(core, input)
    const added = new Set<TagRecord>()
    for (const wanted of input.tag) added.add(tagFor(core, group, wanted.name, wanted.order ?? 0))
    return { tag_group: groupAnswer(group, [...added], false) }
  },
})

function groupFor(core: Core, input: { group_id?: string | undefined, group_name?: string | undefined, order?: number | undefined }): TagGroupRecord {
  const { state } = core
  if (input.group_id !== undefined && input.group_id !== '') {
    const known = state.tagGroups.get(input.group_id)
    if (known === undefined || known.deleted) throw new WecomFault(40068)
    return known
  }
  if (input.group_name === undefined) throw new WecomFault(40063)
  const named = [...state.tagGroups.values()].find((group) => !group.deleted && group.name === input.group_name)
  if (named !== undefined) return named
  const group: TagGroupRecord = {
    id: `et${randomText(30)}`, name: input.group_name, order: input.order ?? 0, createdAt: core.now(), deleted: false,
    creator: String(core.options.agentId), tags: [],
  }
  state.tagGroups.set(group.id, group)
  return group
}

/** Duplicate names collapse to one tag. */
function tagFor(core: Core, group: TagGroupRecord, name: string, place: number): TagRecord {
  const known = group.tags.find((tag) => !tag.deleted && tag.name === name)
  if (known !== undefined) return known
  const tag = { id: `et${randomText(30)}`, name, order: place, createdAt: core.now(), deleted: false }
  group.tags.push(tag)
  return tag
}

/** Apps change only what they created; the exact errcode for others' is not documented, 81011 is one of the named ones. */
function requireOwn(core: Core, group: TagGroupRecord): void {
  if (group.creator !== String(core.options.agentId)) throw new WecomFault(81011)
}

const edit = endpoint({
  method: 'POST', path: 'externalcontact/edit_corp_tag', customerApi: true,
  input: z.object({ id: z.string(fails(40063, 40068)), name: tagName.optional(), order }),
  handle: (input, { core }) => {
    const group = core.state.tagGroups.get(input.id)
    const found = findTag(core.state, input.id)
    const owner = group ?? found?.group
    const target = group ?? found?.tag
    if (owner === undefined || target === undefined || target.deleted) throw new WecomFault(40068)
    requireOwn(core, owner)
    const siblings: readonly TagRecord[] = group === undefined ? owner.tags : [...core.state.tagGroups.values()]
    if (input.name !== undefined && siblings.some((each) => each !== target && !each.deleted && each.name === input.name)) throw new WecomFault(40071)
    target.name = input.name ?? target.name
    target.order = input.order ?? target.order
    return {}
  },
})

const remove = endpoint({
  method: 'POST', path: 'externalcontact/del_corp_tag', customerApi: true,
  input: z.object({ tag_id: z.array(z.string()).default([]), group_id: z.array(z.string()).default([]) }),
  handle: ({ tag_id, group_id }, { core }) => {
    if (tag_id.length + group_id.length === 0) throw new WecomFault(40063)
    const groups = group_id.map((id) => core.state.tagGroups.get(id))
    const tags = tag_id.map((id) => findTag(core.state, id))
    for (const group of [...groups, ...tags.map((found) => found?.group)]) {
      if (group === undefined) throw new WecomFault(40068)
      requireOwn(core, group)
    }
    for (const group of groups) if (group !== undefined) deleteGroup(group)
    for (const found of tags) if (found !== undefined) deleteTag(found.group, found.tag)
    return {}
  },
})

export function deleteGroup(group: TagGroupRecord): void {
  group.deleted = true
  for (const tag of group.tags) tag.deleted = true
}

/** Deleting the last tag deletes the group. */
export function deleteTag(group: TagGroupRecord, tag: TagRecord): void {
  tag.deleted = true
  if (group.tags.every((each) => each.deleted)) group.deleted = true
}

export const tagEndpoints = [list, add, edit, remove]
