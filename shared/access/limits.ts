/** How much one person may open and reveal. */
export interface Limits {
  readonly cardsPerHour: number
  readonly cardsPerDay: number
  readonly revealsPerDay: number
}

const limits = (cardsPerHour: number, cardsPerDay: number, revealsPerDay: number): Limits => ({ cardsPerHour, cardsPerDay, revealsPerDay })

/**
 * The product's limits by role template, where `role_limits` says nothing else (S55). Wide enough for a day's work, far below
 * what somebody needs who copies the customers of a store.
 */
export const defaultRoleLimits: Readonly<Record<string, Limits>> = {
  'trainee': limits(60, 200, 5),
  'clerk': limits(120, 600, 20),
  'sales': limits(120, 600, 20),
  'service': limits(150, 800, 20),
  'service-lead': limits(300, 2_000, 20),
  'store-manager': limits(300, 2_000, 30),
  'regional-manager': limits(300, 2_000, 30),
  'sales-head': limits(1_000, 10_000, 50),
  'marketing': limits(60, 200, 5),
  'marketing-director': limits(1_000, 10_000, 20),
  'hq-operations': limits(1_000, 10_000, 20),
  'director': limits(1_000, 10_000, 50),
  'administrator': limits(60, 200, 5),
}

/** For roles of the company's own that nobody has set a limit for, and for people without a role. */
export const fallbackLimits: Limits = limits(60, 200, 5)
