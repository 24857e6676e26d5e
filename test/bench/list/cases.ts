import { atNode, belowNode, followedNode, ownNode, poolNode } from '../../../server/access/listing/nodes.ts'
import type { CustomerSearch } from '../../../server/customers/customer-search.ts'
import { namedRegions, namedStores } from './fill.ts'
import { busyStores, measuredId, measuredStaff, regionId, root, searchedNames, stageNames, storeId, tagShares, type MeasuredScope } from './company.ts'

/** One person whose list is read, and what whoever writes his SQL by hand knows about it. */
export interface Viewer {
  readonly scope: MeasuredScope
  readonly staffId: string
  /** Where the customers of the scope stand in the scope table; null: everybody is. */
  readonly nodes: readonly number[] | null
  /** The scope over the columns of `customers` behind the alias `c`, where these say it. */
  readonly columns: string | null
  /** The same through the follows, behind `c`, for whoever has no scope table. */
  readonly classic: string | null
}

const text = (value: string) => `'${value}'`

function viewerOf(scope: MeasuredScope, store: number): Viewer {
  const staffId = measuredId(scope, store)
  const inDepartments = (ids: readonly number[]) => `(c.owner_department_id IN (${ids.join()}) OR c.pool_department_id IN (${ids.join()}) OR (SELECT 1 FROM follows f WHERE f.customer_id = c.id AND f.ended_at IS NULL AND f.live_key IS NOT NULL AND f.department_id IN (${ids.join()}) LIMIT 1) IS NOT NULL)`
  const whole = (regions: readonly number[]) => regions.flatMap((region) => [region, ...Array.from({ length: 20 }, (_, turn) => storeId(region - 100 + turn * 25))])
  const here = { scope, staffId }
  switch (scope) {
    case 'own': return { ...here, nodes: [ownNode(staffId)], columns: `c.owner_staff_id = ${text(staffId)}`, classic: null }
    case 'followed': return { ...here, nodes: [ownNode(staffId), followedNode(staffId)], columns: null, classic: null }
    case 'team': return { ...here, nodes: [atNode(storeId(store))], columns: null, classic: inDepartments([storeId(store)]) }
    case 'subtree': return { ...here, nodes: [atNode(regionId(store)), belowNode(regionId(store))], columns: null, classic: inDepartments(whole([regionId(store)])) }
    case 'departments': return { ...here, nodes: namedRegions(store).flatMap((id) => [atNode(id), belowNode(id)]), columns: null, classic: inDepartments(whole(namedRegions(store))) }
    case 'pool': {
      const pools = [storeId(store), regionId(store), root]
      return { ...here, nodes: pools.map(poolNode), columns: `c.pool_department_id IN (${pools.join()})`, classic: null }
    }
    case 'temporary': return { ...here, nodes: [ownNode(staffId), followedNode(staffId), ...namedStores(store).map(atNode)], columns: null, classic: null }
    case 'all': return { ...here, nodes: null, columns: '1 = 1', classic: null }
  }
}

export const viewers: readonly Viewer[] = Object.keys(measuredStaff).flatMap((scope) => busyStores.map((store) => viewerOf(scope as MeasuredScope, store)))

/** One of each scope. */
export const firstViewers: readonly Viewer[] = viewers.filter((viewer, place) => viewers.findIndex((one) => one.scope === viewer.scope) === place)

/** What narrows a list. The goal of a search (by tag or name) is another than that of a plain list. */
export interface Narrowed {
  readonly name: string
  readonly isSearch: boolean
  readonly search: CustomerSearch
}

export const narrowings: readonly Narrowed[] = [
  { name: 'plain', isSearch: false, search: {} },
  ...Object.entries(stageNames).map(([share, stage]) => ({ name: `stage ${share}`, isSearch: false, search: { stage } })),
  ...Object.keys(tagShares).map((tagId) => ({ name: `tag ${tagId}`, isSearch: true, search: { tagId } })),
  ...Object.entries(searchedNames).map(([share, name]) => ({ name: `name ${share}`, isSearch: true, search: { name } })),
]
