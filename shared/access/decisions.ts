import type { Operation } from './operations.ts'

/** Where a grant comes from. Later sources (temporary, node, share) are further members of this union. */
export type GrantSource =
  | { readonly kind: 'role'; readonly roleKey: string }
  | { readonly kind: 'temporary'; readonly grantId: string }
  | { readonly kind: 'node'; readonly nodeKey: string }
  | { readonly kind: 'share'; readonly shareId: string }

/**
 * The answer to "may this person do this now?". Allowed only if a grant gives it and no restriction takes it.
 * `because` names the grants that gave it, or the restrictions that took it; both are stable ids for the audit.
 */
export interface Decision {
  readonly operation: Operation
  readonly allowed: boolean
  readonly because: readonly string[]
}

/** One grant that would have allowed it, and what was missing. */
export interface NearMiss {
  readonly grant: string
  readonly missing: readonly Missing[]
}

export type Missing =
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'condition'; readonly condition: string }
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** The grant is not in force yet, or no longer. */
  | { readonly kind: 'time'; readonly from: number | null; readonly until: number | null }

export interface Explanation extends Decision {
  readonly nearMisses: readonly NearMiss[]
}
