import type { WordEntry } from '../hits.ts'
import { allowed } from './allowed.ts'
import { claims } from './claims.ts'
import { crime } from './crime.ts'
import { money } from './money.ts'

/** The list that a new company begins with, written for this product. */
export const starterEntries: readonly WordEntry[] = [...crime, ...money, ...claims, ...allowed]
