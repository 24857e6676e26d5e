import { deleteGroup, deleteTag, findTag } from '../api/tags.ts'
import { tagEvent } from '../callbacks/events.ts'
import type { Core } from '../core.ts'
import { randomText } from '../ids.ts'

/** What an administrator does to the corp's customer tags in the client. */
export function tagControls(core: Core) {
  const { tagGroups } = core.state

  return {
    adminCreatesTagGroup(name: string, tags: readonly string[]): { groupId: string, tagIds: string[] } {
      const createdAt = core.now()
      const group = {
        id: `et${randomText(30)}`, name, order: 0, createdAt, deleted: false, creator: 'admin',
        tags: tags.map((tag) => ({ id: `et${randomText(30)}`, name: tag, order: 0, createdAt, deleted: false })),
      }
      tagGroups.set(group.id, group)
      tagEvent(core, 'create', group.id, 'tag_group')
      for (const tag of group.tags) tagEvent(core, 'create', tag.id, 'tag')
      return { groupId: group.id, tagIds: group.tags.map((tag) => tag.id) }
    },

    /** Renames a tag or a group. */
    adminRenamesTag(id: string, name: string): void {
      const group = tagGroups.get(id)
      const target = group ?? findTag(core.state, id)?.tag
      if (target === undefined) throw new Error(`no tag ${id}`)
      target.name = name
      tagEvent(core, 'update', id, group === undefined ? 'tag' : 'tag_group')
    },

    /** Deleting a group makes one event for the group and none for its tags. */
    adminDeletesTag(id: string): void {
      const group = tagGroups.get(id)
      const found = findTag(core.state, id)
      if (group !== undefined) deleteGroup(group)
      else if (found !== undefined) deleteTag(found.group, found.tag)
      else throw new Error(`no tag ${id}`)
      tagEvent(core, 'delete', id, group === undefined ? 'tag' : 'tag_group')
    },

    /** Reorders one group, or with an empty id the whole library. */
    adminShufflesTags(groupId = ''): void {
      tagEvent(core, 'shuffle', groupId)
    },
  }
}
