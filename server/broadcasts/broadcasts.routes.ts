import type { Route } from '../http/route.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { ruleRoutes } from './rules/rules.routes.ts'

export function broadcastRoutes(options: BroadcastOptions): Route[] {
  return [...ruleRoutes(options)]
}
