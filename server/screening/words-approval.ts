import type { EntityManager } from 'typeorm'
import { ApprovalOutdated, type ApprovalKind, type Described } from '../approvals/index.ts'
import { readDraft } from './edit-draft.ts'
import { looseningOf } from './loosening.ts'
import { holdDraft, putInForce } from './publish-words.ts'
import { documentOfVersion, type Screenings } from './word-lists.ts'
import { hashOf, type WordDocument } from './word-document.ts'
import { WordsPayload, wordsKind } from './words-wish.ts'

/** A list that lets more through waits for another holder of `marketing.strategy.operate`. */
export function wordsApprovalKind(screenings: Screenings): ApprovalKind<WordsPayload> {
  return {
    kind: wordsKind,
    payload: WordsPayload,
    decideOn: 'card',
    reach: () => 'strategy',
    waitsWhenAlone: true,
    describe: async (db, { payload }) => describe(payload, await documentOfVersion(db, payload.base), await wanted(screenings, db, payload)),
    onApproved: async (work, { payload, contentHash, requesterStaffId, decidedBy }) => {
      const { db } = work
      await holdDraft(work)
      if (hashOf(await wanted(screenings, db, payload)) !== contentHash) throw new ApprovalOutdated()
      // Whoever asked must still be somebody who may.
      if (!(await screenings.access.actorFor(requesterStaffId, db)).may('marketing.strategy.operate')) throw new ApprovalOutdated()
      if (await putInForce(screenings, work, { ...payload, by: requesterStaffId, approvedBy: decidedBy }) === null) throw new ApprovalOutdated()
    },
  }
}

const wanted = async (screenings: Screenings, db: EntityManager, { restores }: WordsPayload): Promise<WordDocument> =>
  (restores === null ? (await readDraft(screenings, db)).document : documentOfVersion(db, restores))

const few = (words: readonly string[]): string => `${words.length} 项：${words.slice(0, 5).join('、')}${words.length > 5 ? '…' : ''}`

function describe({ restores, note }: WordsPayload, before: WordDocument, after: WordDocument): Described {
  const { weaker, allowed, hosts } = looseningOf(before, after)
  return {
    title: restores === null ? '放宽词库' : `词库回退到 v${restores}`,
    lines: [
      ...(weaker.length === 0 ? [] : [{ label: '减弱', value: few(weaker) }]),
      ...(allowed.length === 0 ? [] : [{ label: '放行', value: few(allowed) }]),
      ...(hosts.length === 0 ? [] : [{ label: '域名', value: few(hosts) }]),
      { label: '词条', value: `${before.entries.length} → ${after.entries.length}` },
      { label: '说明', value: note },
    ],
  }
}
