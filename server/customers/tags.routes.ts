import { IsNull } from 'typeorm'
import { listTags } from '#shared/contracts/tags'
import type { Database } from '../database/database.ts'
import { route, type Route } from '../http/route.ts'
import { tags } from './customer.entity.ts'

/** The dictionary of tags; it says nothing of any customer. */
export function tagRoutes({ database: { db } }: { readonly database: Database }): Route[] {
  return [
    route(listTags, async () => {
      const rows = await db.getRepository(tags).find({ where: { deletedAt: IsNull() }, order: { groupName: 'ASC', groupId: 'ASC', position: 'ASC', id: 'ASC' } })
      const groups = new Map<string, { name: string, tags: { id: string, name: string }[] }>()
      for (const { id, name, groupId, groupName } of rows) {
        const group = groups.get(groupId) ?? { name: groupName, tags: [] }
        groups.set(groupId, group)
        group.tags.push({ id, name })
      }
      return { groups: [...groups.values()] }
    }),
  ]
}
