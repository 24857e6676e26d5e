import type { Damage, Verification } from './verify-chain.ts'

const damages: Readonly<Record<Damage, string>> = {
  missing_link: 'a link is missing',
  wrong_predecessor: 'the link does not follow from the one before',
  missing_entry: 'its entry is gone',
  changed_entry: 'its entry was changed',
  unchained_entry: 'the entry was taken out of the chain',
}

/** Plain lines for an operator, and the exit code: 1 when the chain is broken. */
export function describeVerification(result: Verification): { readonly lines: readonly string[]; readonly exitCode: 0 | 1 } {
  const { firstBroken, head } = result
  const tail = `${result.unsealed} ${result.unsealed === 1 ? 'entry waits' : 'entries wait'} to be chained`
  if (firstBroken !== undefined) {
    const place = firstBroken.seq === null ? 'outside the chain' : `link ${firstBroken.seq}`
    const entry = firstBroken.entryId === null ? '' : `, entry ${firstBroken.entryId}`
    return { lines: [`BROKEN at ${place}${entry}: ${damages[firstBroken.why]}`, `${result.checked} links before it hold`, tail], exitCode: 1 }
  }
  return {
    lines: [
      `the audit chain holds: ${result.checked} links checked`,
      ...(head === null ? [] : [`newest link: ${head.seq} ${head.hash}`]),
      tail,
    ],
    exitCode: 0,
  }
}
