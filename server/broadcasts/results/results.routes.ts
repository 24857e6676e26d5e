import { listMySendings, readBroadcastResults } from '#shared/contracts/broadcast-results'
import { dayOf } from '../../company-day.ts'
import { route, type Route } from '../../http/route.ts'
import { conversionDays } from '../../templates/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { groupsOf, levelsOf, listGroups, presentGroups, readDepartments, storeAbove } from './group-results.ts'
import { mySendings } from './my-sendings.ts'
import { readLeaves, scopeOf } from './read-results.ts'

const mostListed = 200

/** Figures only: no customer, and nothing small about customers whom the reader cannot view. */
export function resultRoutes({ database: { db }, access, zone }: BroadcastOptions): Route[] {
  return [
    route(readBroadcastResults, async ({ query: { month = dayOf(access.clock.now(), zone).slice(0, 7), by } }, { actor }) => {
      const scope = scopeOf(actor)
      const leaves = await readLeaves(db, { sql: `results.month = :resultMonth AND ${scope.sql}`, parameters: { ...scope.parameters, resultMonth: month } }, levelsOf(by), actor.rowFilter('customer.profile.view'))
      const tree = await readDepartments(db)
      const isOfPeople = by === 'staff' || by === 'store'
      const { total, listed } = listGroups(groupsOf(leaves, ({ major }) => (isOfPeople ? storeAbove(tree, major) : (major ?? ''))), by)
      return { month, by, days: conversionDays, total, items: await presentGroups(db, by, listed.slice(0, mostListed), tree), more: Math.max(0, listed.length - mostListed) }
    }),
    route(listMySendings, async (_, { actor }) => mySendings(db, actor, zone)),
  ]
}
