/** An undirected graph that may hold several edges between the same two vertices. */
export class Graph {
  readonly #ends: (readonly [number, number])[] = []
  readonly #edgesOf: number[][] = []
  readonly #vertices = new Map<string, number>()

  vertex(name: string): number {
    const known = this.#vertices.get(name)
    if (known !== undefined) return known
    this.#vertices.set(name, this.#edgesOf.length)
    return this.#edgesOf.push([]) - 1
  }

  /** Returns the place of the edge. */
  join(one: number, other: number): number {
    const edge = this.#ends.push([one, other]) - 1
    this.#edgesOf[one]?.push(edge)
    this.#edgesOf[other]?.push(edge)
    return edge
  }

  /** The edges that lie on no cycle (Tarjan's low points, without recursion). */
  bridges(): Set<number> {
    const count = this.#edgesOf.length
    const entered = new Int32Array(count).fill(-1)
    const low = new Int32Array(count)
    const next = new Int32Array(count)
    const cameBy = new Int32Array(count).fill(-1)
    const found = new Set<number>()
    let time = 0
    for (let start = 0; start < count; start += 1) {
      if (entered[start] !== -1) continue
      const path = [start]
      entered[start] = low[start] = time++
      for (let vertex = path.at(-1); vertex !== undefined; vertex = path.at(-1)) {
        const edge = this.#edgesOf[vertex]?.[next[vertex] ?? 0]
        if (edge === undefined) {
          path.pop()
          this.#leave(vertex, path.at(-1), cameBy, entered, low, found)
          continue
        }
        next[vertex] = (next[vertex] ?? 0) + 1
        if (edge === cameBy[vertex]) continue
        const other = this.#across(edge, vertex)
        if (entered[other] === -1) {
          entered[other] = low[other] = time++
          cameBy[other] = edge
          path.push(other)
        } else low[vertex] = Math.min(low[vertex] ?? 0, entered[other] ?? 0)
      }
    }
    return found
  }

  #leave(vertex: number, before: number | undefined, cameBy: Int32Array, entered: Int32Array, low: Int32Array, found: Set<number>): void {
    if (before === undefined) return
    low[before] = Math.min(low[before] ?? 0, low[vertex] ?? 0)
    if ((low[vertex] ?? 0) > (entered[before] ?? 0)) found.add(cameBy[vertex] ?? -1)
  }

  #across(edge: number, from: number): number {
    const [one, other] = this.#ends[edge] ?? [from, from]
    return one === from ? other : one
  }
}
