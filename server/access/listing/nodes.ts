import { createHash } from 'node:crypto'

/**
 * A node is one whole number: its kind and, below that, a department's id or 48 bits of a hash of a staff id. Two people with
 * the same hash would share a node, which costs time and no right: whatever a node gives is decided once more.
 */
const kinds = { own: 1, followed: 2, at: 3, below: 4, pool: 5 } as const
const room = 2 ** 48

const ofStaff = (kind: 'own' | 'followed', staffId: string): number =>
  kinds[kind] * room + createHash('sha256').update(staffId).digest().readUIntBE(0, 6)

/** Customers whom this person owns. */
export const ownNode = (staffId: string): number => ofStaff('own', staffId)
/** Customers whom this person follows and does not own. */
export const followedNode = (staffId: string): number => ofStaff('followed', staffId)
/** Customers whose ownership, a live follow, or pool stands in this department itself. */
export const atNode = (departmentId: number): number => kinds.at * room + departmentId
/** The same in a department somewhere below this one. */
export const belowNode = (departmentId: number): number => kinds.below * room + departmentId
/** Customers who lie in the pool of this department. */
export const poolNode = (departmentId: number): number => kinds.pool * room + departmentId

/** What decides about the nodes of one customer. */
export interface Standing {
  readonly owner: string | null
  readonly ownerDepartment: number | null
  readonly pool: number | null
  /** Follows in force. */
  readonly follows: readonly { readonly staff: string; readonly department: number | null }[]
}

/** All nodes of a customer. `pathOf` gives the ids from the root to a department; an unknown one stands alone. */
export function nodesOf(standing: Standing, pathOf: (departmentId: number) => readonly number[]): Set<number> {
  const nodes = new Set<number>()
  const place = (departmentId: number | null) => {
    if (departmentId === null) return
    nodes.add(atNode(departmentId))
    for (const step of pathOf(departmentId)) if (step !== departmentId) nodes.add(belowNode(step))
  }
  if (standing.owner !== null) nodes.add(ownNode(standing.owner))
  if (standing.pool !== null) nodes.add(poolNode(standing.pool))
  place(standing.ownerDepartment)
  place(standing.pool)
  for (const { staff, department } of standing.follows) {
    if (staff !== standing.owner) nodes.add(followedNode(staff))
    place(department)
  }
  return nodes
}
