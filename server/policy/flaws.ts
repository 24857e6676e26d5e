import type { PolicyFlaw, ProblemCode } from '#shared/contracts/policy-document'

/** More are not listed: somebody who sent a thousand mistakes does not read them one by one. */
const mostFlaws = 1_000

/** A rule of twenty thousand tags fits; every process reads all rules whenever one changes. */
export const mostRuleBytes = 1_000_000

/** Everything that is wrong with a draft, collected so that all of it can be told at once. */
export class Flaws {
  readonly #found: PolicyFlaw[] = []
  readonly #places = new Set<string>()
  readonly #above = new Set<string>()

  add(place: string, item: string, code: ProblemCode, what = ''): void {
    if (this.#found.length < mostFlaws) this.#found.push({ place, item, code, what: what.slice(0, 80), blocking: true })
    this.#places.add(place)
    for (const above of stepsUp(place)) this.#above.add(above)
  }

  /** Whether something at this place, above or below it was named already. */
  covers(place: string): boolean {
    return this.#places.has(place) || this.#above.has(place) || stepsUp(place).some((above) => this.#places.has(above))
  }

  all(): PolicyFlaw[] {
    return [...this.#found]
  }
}

/** `a.b.c` → `a`, `a.b`. */
function stepsUp(place: string): string[] {
  const steps = place.split('.')
  return steps.slice(1).map((_, at) => steps.slice(0, at + 1).join('.'))
}

/** What the names of a policy are looked up in. */
export interface KnownNames {
  /** Also deleted ones: a rule about them stands and reaches nobody. */
  readonly departments: ReadonlySet<number>
  readonly tags: ReadonlySet<string>
  readonly tagGroups: ReadonlySet<string>
  readonly staffIds: ReadonlySet<string>
  /** Roles held by somebody who has not left. */
  readonly heldRoles: ReadonlySet<string>
}
