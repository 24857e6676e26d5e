import type { AnchorFile, AnchorMismatch } from './anchors.ts'
import type { Damage, Verification } from './verify-chain.ts'

const damages: Readonly<Record<Damage, string>> = {
  missing_link: 'a link is missing',
  wrong_predecessor: 'the link does not follow from the one before',
  missing_entry: 'its entry is gone',
  changed_entry: 'its entry was changed',
  unchained_entry: 'the entry was taken out of the chain',
}

/** Plain lines for an operator, and the exit code. */
export interface Description {
  readonly lines: readonly string[]
  readonly exitCode: 0 | 1
}

/** Exit code 1 when the chain is broken. */
export function describeVerification(result: Verification): Description {
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

/** Exit code 1 when an anchor does not match, when a line cannot be read, or when there is no anchor at all. */
export function describeAnchors(file: AnchorFile, mismatch: AnchorMismatch | null): Description {
  const unreadable = file.unreadable.map((line) => `line ${line} of the anchors cannot be read`)
  if (mismatch !== null) {
    const { anchor, why } = mismatch
    const what = why === 'missing_link' ? 'the chain does not reach this link any more' : 'the chain holds another hash there'
    return { lines: [`ANCHOR of ${anchor.day} does not match: link ${anchor.seq}, ${what}`, ...unreadable], exitCode: 1 }
  }
  const last = file.anchors.at(-1)
  if (last === undefined) return { lines: ['there is no anchor in this file', ...unreadable], exitCode: 1 }
  return { lines: [`all ${file.anchors.length} anchors match, the last of ${last.day}: link ${last.seq}`, ...unreadable], exitCode: unreadable.length > 0 ? 1 : 0 }
}
