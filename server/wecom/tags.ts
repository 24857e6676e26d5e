import { z } from 'zod'
import type { Caller } from './call.ts'
import { instantOrNull, integerOr, listOf, text } from './wire.ts'

export interface WecomTag {
  readonly id: string
  readonly name: string
  readonly order: number
  readonly createdAt: number | null
}

export interface WecomTagGroup extends WecomTag {
  readonly tags: readonly WecomTag[]
}

const tagWire = z.object({ id: z.string().min(1), name: text, order: integerOr(0), create_time: instantOrNull, deleted: z.boolean().nullish() })
const groupWire = z.object({
  group_id: z.string().min(1), group_name: text, order: integerOr(0), create_time: instantOrNull, deleted: z.boolean().nullish(),
  tag: listOf(tagWire),
})

const addedWire = z.object({ tag_group: groupWire })

function groupFrom(group: z.output<typeof groupWire>): WecomTagGroup {
  return {
    id: group.group_id,
    name: group.group_name,
    order: group.order,
    createdAt: group.create_time,
    tags: group.tag.filter((tag) => tag.deleted !== true)
      .map((tag) => ({ id: tag.id, name: tag.name, order: tag.order, createdAt: tag.create_time })),
  }
}

/** The corp tag library (WeCom doc path/92117). */
export function tagCalls(call: Caller) {
  return {
    /** All groups with their living tags; `order` descending is the order on screen. */
    listCorpTags: async (): Promise<readonly WecomTagGroup[]> => {
      const wire = await call({
        endpoint: 'externalcontact/get_corp_tag_list', body: {}, answer: z.object({ tag_group: z.array(groupWire) }),
      })
      return wire.tag_group.filter((group) => group.deleted !== true).map(groupFrom)
    },

    /** Adds a tag to the group of this name, which is made if it is not there; names of at most 30 characters. */
    addCorpTag: async (tag: { readonly groupName: string, readonly name: string }): Promise<WecomTagGroup> => {
      const wire = await call({
        endpoint: 'externalcontact/add_corp_tag', write: 'tag.add', answer: addedWire,
        body: { group_name: tag.groupName, tag: [{ name: tag.name }] },
      })
      return groupFrom(wire.tag_group)
    },
  }
}
