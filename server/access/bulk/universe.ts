import type { Atom, Match } from '../atoms.ts'
import { addBits, allBits, keepBits, noBits, setAll, wordsFor, type Bits } from './bits.ts'
import type { CustomerColumns, PlacesBy } from './customer-columns.ts'

/** Things that rules are asked about, in places, and which of them a statement holds for. */
export interface Universe {
  readonly size: number
  /** `owner` and `follower` differ from person to person: null, unless they mean the same for everybody here. */
  bitsOf(atom: Atom): Bits | null
}

/** All customers. What depends on nobody's departments is worked out once. */
export function customerUniverse(columns: CustomerColumns): Universe {
  const kept = new Map<string, Bits>()
  return {
    size: columns.size,
    bitsOf: (atom) => {
      const { about } = atom.meaning
      if (about === 'owner' || about === 'follower') return null
      // Keys that speak of departments mean the same within one policy only.
      if (about === 'departments' || about === 'pools') return customersWhere(columns, atom)
      const known = kept.get(atom.key)
      if (known !== undefined) return known
      const bits = customersWhere(columns, atom)
      // Thousands of grants for a time may each have a list of their own.
      if (kept.size >= mostKept) kept.clear()
      kept.set(atom.key, bits)
      return bits
    },
  }
}

const mostKept = 500

function customersWhere(columns: CustomerColumns, { meaning, certainty }: Atom): Bits {
  const possible = certainty === 'possible'
  const union = <Key>(lists: PlacesBy<Key>, keys: Iterable<Key>): Bits => {
    const bits = noBits(wordsFor(columns.size))
    for (const key of keys) setAll(bits, lists.get(key) ?? [])
    return bits
  }
  switch (meaning.about) {
    case 'owner':
    case 'follower': return noBits(wordsFor(columns.size))
    case 'departments': {
      const bits = union(columns.inDepartment, meaning.ids)
      if (possible) setAll(bits, columns.unplaced)
      return bits
    }
    case 'pools': return union(columns.inPool, meaning.ids)
    case 'customers': {
      const bits = noBits(wordsFor(columns.size))
      setAll(bits, [...meaning.ids].flatMap((id) => columns.placeOf.get(id) ?? []))
      return bits
    }
    case 'stages': return union(columns.inStage, meaning.ids)
    case 'tasks': return union(columns.withTask, meaning.ids)
    case 'nodes': return union(meaning.match === 'reached' ? columns.reachedNode : columns.inNode, meaning.ids)
    case 'tags': return matched(columns.size, meaning.match, meaning.ids, columns.withTag)
    case 'tag groups': return groupsMatched(columns, meaning, possible)
    case 'tier': return where(columns.size, (place) => {
      const tier = columns.valueTier[place] ?? 0
      return tier === 0 ? possible : tier >= meaning.atLeast
    })
    case 'spend': return where(columns.size, (place) => (columns.spendFen[place] ?? 0) >= meaning.atLeast)
  }
}

function where(size: number, holds: (place: number) => boolean): Bits {
  const bits = noBits(wordsFor(size))
  for (let place = 0; place < size; place += 1) {
    if (holds(place)) bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
  }
  return bits
}

function matched(size: number, match: Match, ids: ReadonlySet<string>, lists: PlacesBy<string>): Bits {
  const bits = match === 'all' ? allBits(size) : noBits(wordsFor(size))
  for (const id of ids) {
    const one = noBits(wordsFor(size))
    setAll(match === 'all' ? one : bits, lists.get(id) ?? [])
    if (match === 'all') keepBits(bits, one)
  }
  return match === 'none' ? inverted(size, bits) : bits
}

interface GroupMeaning { readonly match: Match, readonly ids: ReadonlySet<string> }

/** A tag whose group is not known might be in any group. */
function groupsMatched(columns: CustomerColumns, { match, ids }: GroupMeaning, possible: boolean): Bits {
  const unknown = noBits(wordsFor(columns.size))
  setAll(unknown, columns.ungrouped)
  const bits = matched(columns.size, match, ids, columns.withTagGroup)
  if (match === 'none') {
    if (!possible) keepBits(bits, inverted(columns.size, unknown))
  } else if (possible) {
    addBits(bits, unknown)
  }
  return bits
}

function inverted(size: number, bits: Bits): Bits {
  const rest = allBits(size)
  for (let at = 0; at < rest.length; at += 1) rest[at] = (rest[at] ?? 0) & ~(bits[at] ?? 0)
  return rest
}

/**
 * Templates, approvals and the like, of which only department and maker matter: for each department first somebody else's,
 * then, in the second half, one's own.
 */
export function resourceUniverse(departmentIds: readonly number[]): Universe {
  const count = departmentIds.length
  return {
    size: count * 2,
    bitsOf: ({ meaning, certainty }) => {
      if (meaning.about === 'owner' || meaning.about === 'follower') return where(count * 2, (place) => place >= count)
      if (meaning.about === 'departments') return where(count * 2, (place) => meaning.ids.has(departmentIds[place % count] ?? -1))
      return certainty === 'possible' ? allBits(count * 2) : noBits(wordsFor(count * 2))
    },
  }
}

/** The company itself, for what is all or nothing: one place. */
export const companyUniverse: Universe = {
  size: 1,
  bitsOf: ({ certainty }) => (certainty === 'possible' ? allBits(1) : noBits(1)),
}
