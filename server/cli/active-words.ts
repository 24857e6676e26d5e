import { starterEntries, type WordEntry } from '../screening/index.ts'

export async function activeEntries(_environment: NodeJS.ProcessEnv): Promise<readonly WordEntry[]> {
  return starterEntries
}
