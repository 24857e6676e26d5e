import type { Approvals } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import type { Route } from '../http/route.ts'
import { joinKind } from './campaign-join-kind.ts'
import { campaignRoutes } from './campaign.routes.ts'
import { endRightsOf } from './rights-of-leavers.ts'
import type { RightsOptions } from './rights-options.ts'
import { roleKind } from './role-kind.ts'
import { shareRoutes } from './share.routes.ts'
import { staffRoutes } from './staff.routes.ts'
import { temporaryKind } from './temporary-kind.ts'
import { temporaryRoutes, type RightsRoutes } from './temporary.routes.ts'

/** The administration of people's rights: what its routes, workers and hooks share. */
export interface Rights extends RightsOptions {
  /** The hook of `organization` for people who leave. */
  onLeft(work: UnitOfWork, staffId: string): Promise<void>
}

/** Registers its kinds of approval, once at start. */
export function createRights(options: RightsOptions): Rights {
  registerKinds(options.approvals, options)
  return { ...options, onLeft: (work, staffId) => endRightsOf(options, work, staffId) }
}

function registerKinds(approvals: Approvals, options: RightsOptions): void {
  for (const changes of [false, true]) {
    approvals.register(temporaryKind(options, changes))
    approvals.register(joinKind(options, changes))
  }
  approvals.register(roleKind(options))
}

export function rightsRoutes(options: RightsRoutes): Route[] {
  return [...staffRoutes(options), ...temporaryRoutes(options), ...campaignRoutes(options), ...shareRoutes(options)]
}
