import type { Mutant } from './mutate.ts'

/** Mutants that mean the same, each with the reason. `line` is a piece of what stands there. */
const known: readonly { readonly file: string, readonly before: string, readonly after?: string, readonly why: string }[] = []

/** Why nobody can notice this mutant, or null. */
export function isEquivalent(mutant: Mutant): string | null {
  const found = known.find((one) => mutant.file === `server/access/${one.file}.ts` && mutant.before === one.before && (one.after === undefined || mutant.after === one.after))
  return found?.why ?? null
}
