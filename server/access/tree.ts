export interface DepartmentNode {
  readonly id: number
  /** The ids from the root to this node: `/1/12/305/`. */
  readonly path: string
  readonly deleted: boolean
}

/** Some departments, asked by id in memory and as a list in SQL. */
export class Departments {
  readonly #parts: readonly ReadonlySet<number>[]
  #ids: ReadonlySet<number> | null = null

  constructor(parts: readonly ReadonlySet<number>[]) {
    this.#parts = parts
  }

  has(id: number): boolean {
    for (let place = 0; place < this.#parts.length; place += 1) {
      if (this.#parts[place]?.has(id) === true) return true
    }
    return false
  }

  /** All of them; the same object at every call. */
  get ids(): ReadonlySet<number> {
    this.#ids ??= new Set(this.#parts.flatMap((part) => [...part]))
    return this.#ids
  }
}

/**
 * The company tree as the rules see it. A department lies below all that its own path names. Grants reach living departments
 * only; restrictions also deleted and unknown ones (`withDeleted`), because a deny must not lose rows when a department goes.
 */
export class DepartmentTree {
  /** Departments whose path does not lead to them once and without a circle. No grant reaches them. */
  readonly unsound: readonly number[]
  readonly #paths = new Map<number, readonly number[]>()
  readonly #living = new Set<number>()
  /** By id: what lies below, that id itself included. Built once, so that no person's policy walks 500 stores. */
  readonly #below = new Map<number, Set<number>>()
  readonly #livingBelow = new Map<number, Set<number>>()

  constructor(nodes: Iterable<DepartmentNode>) {
    const unsound: number[] = []
    for (const { id, path, deleted } of nodes) {
      const steps = pathIds(path)
      const isSound = steps.at(-1) === id && new Set(steps).size === steps.length
      if (!isSound) unsound.push(id)
      this.#paths.set(id, steps)
      if (isSound && !deleted) this.#living.add(id)
      for (const step of [...steps, id]) {
        addTo(this.#below, step, id)
        if (this.#living.has(id)) addTo(this.#livingBelow, step, id)
      }
    }
    this.unsound = unsound
  }

  knows(id: number): boolean {
    return this.#paths.has(id)
  }

  /** Every department that is not deleted. */
  living(): number[] {
    return [...this.#living]
  }

  /** Those of `ids` that exist and are not deleted. */
  live(ids: Iterable<number>): Set<number> {
    return new Set([...ids].filter((id) => this.#living.has(id)))
  }

  /** These departments and all below. */
  below(ids: Iterable<number>, withDeleted: boolean): Departments {
    if (withDeleted) return new Departments([...ids].map((id) => this.#below.get(id) ?? new Set([id])))
    return new Departments([...ids].flatMap((id) => this.#livingBelow.get(id) ?? []))
  }

  /** These departments and those above them, up to the root. */
  above(ids: Iterable<number>, withDeleted: boolean): Set<number> {
    const above = new Set([...ids].flatMap((id) => this.#paths.get(id) ?? [id]))
    return withDeleted ? above : this.live(above)
  }
}

function addTo(sets: Map<number, Set<number>>, key: number, id: number): void {
  const known = sets.get(key)
  if (known === undefined) sets.set(key, new Set([id]))
  else known.add(id)
}

function pathIds(path: string): number[] {
  return path.split('/').filter((step) => step !== '').map(Number)
}
