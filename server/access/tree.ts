export interface DepartmentNode {
  readonly id: number
  /** The ids from the root to this node: `/1/12/305/`. */
  readonly path: string
  readonly deleted: boolean
}

/**
 * The company tree as the rules see it. Grants reach living departments only; restrictions also deleted and unknown
 * ones (`withDeleted`), because a deny must not lose rows when a department goes.
 */
export class DepartmentTree {
  readonly #nodes = new Map<number, DepartmentNode>()
  readonly #children = new Map<number, Set<number>>()

  constructor(nodes: Iterable<DepartmentNode>) {
    for (const node of nodes) {
      this.#nodes.set(node.id, node)
      const steps = pathIds(node.path)
      for (const [depth, id] of steps.entries()) {
        const parent = steps[depth - 1]
        if (parent === undefined) continue
        const siblings = this.#children.get(parent)
        if (siblings === undefined) this.#children.set(parent, new Set([id]))
        else siblings.add(id)
      }
    }
  }

  knows(id: number): boolean {
    return this.#nodes.has(id)
  }

  /** Every department that is not deleted. */
  living(): number[] {
    return [...this.#nodes.values()].filter((node) => !node.deleted).map((node) => node.id)
  }

  /** Those of `ids` that exist and are not deleted. */
  live(ids: Iterable<number>): Set<number> {
    return new Set([...ids].filter((id) => this.#isLive(id)))
  }

  /** These departments and all below. */
  below(ids: Iterable<number>, withDeleted: boolean): Set<number> {
    const seen = new Set<number>()
    const open = [...ids]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      open.push(...this.#children.get(id) ?? [])
    }
    return withDeleted ? seen : this.live(seen)
  }

  /** These departments and those above them, up to the root. */
  above(ids: Iterable<number>, withDeleted: boolean): Set<number> {
    const seen = new Set<number>()
    for (const id of ids) {
      for (const step of pathIds(this.#nodes.get(id)?.path ?? `/${id}/`)) seen.add(step)
    }
    return withDeleted ? seen : this.live(seen)
  }

  #isLive(id: number): boolean {
    return this.#nodes.get(id)?.deleted === false
  }
}

function pathIds(path: string): number[] {
  return path.split('/').filter((step) => step !== '').map(Number)
}
