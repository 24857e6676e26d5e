import { createHash } from 'node:crypto'

/**
 * A node is one whole number: its kind and, below that, a department's id, a letter or two, or 48 bits of a hash of a staff id
 * or tag. Two people with the same hash would share a node, which costs time and no right: whatever a node gives is decided once
 * more.
 */
const kinds = { own: 1, followed: 2, at: 3, below: 4, pool: 5, tagged: 6, letter: 7, pair: 8 } as const
const room = 2 ** 48
/** Nodes from here on say what a customer is found by, those below whom he is reached by. */
export const firstTermNode = kinds.tagged * room

const ofText = (kind: 'own' | 'followed' | 'tagged', text: string): number =>
  kinds[kind] * room + createHash('sha256').update(text).digest().readUIntBE(0, 6)

/** Customers whom this person owns. */
export const ownNode = (staffId: string): number => ofText('own', staffId)
/** Customers whom this person follows and does not own. */
export const followedNode = (staffId: string): number => ofText('followed', staffId)
/** Customers whose ownership, a live follow, or pool stands in this department itself. */
export const atNode = (departmentId: number): number => kinds.at * room + departmentId
/** The same in a department somewhere below this one. */
export const belowNode = (departmentId: number): number => kinds.below * room + departmentId
/** Customers who lie in the pool of this department. */
export const poolNode = (departmentId: number): number => kinds.pool * room + departmentId
/** Customers who have this tag. */
export const tagNode = (tagId: string): number => ofText('tagged', tagId)

/** A letter has 21 bits: Unicode ends at 0x10FFFF. */
const letterRoom = 2 ** 21
const lettersOf = (text: string): number[] => [...text].map((letter) => letter.codePointAt(0) ?? 0)

/** Customers whose name, as the search knows it, holds this letter: of each letter of the text. */
export const letterNodes = (text: string): Set<number> => new Set(lettersOf(text).map((letter) => kinds.letter * room + letter))

/**
 * Customers whose name, as the search knows it, has these letters one after the other: of each pair of the text. LIKE '%…%' walks
 * all customers, and neither database has a word index that finds two Chinese letters in the middle of a name on both of its
 * sides; pairs of letters are found by an ordinary key. The search itself stays the LIKE.
 */
export function pairNodes(text: string): Set<number> {
  const letters = lettersOf(text)
  return new Set(letters.slice(0, -1).map((letter, place) => kinds.pair * room + letter * letterRoom + (letters[place + 1] ?? 0)))
}

/** What decides about the nodes of one customer. */
export interface Standing {
  readonly owner: string | null
  readonly ownerDepartment: number | null
  readonly pool: number | null
  /** Follows in force. */
  readonly follows: readonly { readonly staff: string; readonly department: number | null }[]
  readonly tags: readonly string[]
  /** The name as the search knows it. */
  readonly nameSearch: string
}

/** All nodes of a customer. `pathOf` gives the ids from the root to a department; an unknown one stands alone. */
export function nodesOf(standing: Standing, pathOf: (departmentId: number) => readonly number[]): Set<number> {
  const nodes = new Set([...standing.tags.map(tagNode), ...letterNodes(standing.nameSearch), ...pairNodes(standing.nameSearch)])
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
