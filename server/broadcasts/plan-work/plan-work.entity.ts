import { defineTable, id, instant, key, nullable, primary } from '../../database/columns.ts'

/**
 * `fill`: a submission freezes its recipients; `undo`: it came to nothing and is taken away; `hand-over`: an approved plan goes to
 * outreach; `release`: what has not left is returned.
 */
export type PlanWorkKind = 'fill' | 'undo' | 'hand-over' | 'release'

/**
 * What is still to be done for a plan, a bounded piece in each transaction. The row is there from the first piece to the last, so that a
 * crash between any two of them leaves nothing half done for good. Whoever does a piece holds the row until the commit.
 */
export interface PlanWork {
  planId: string
  broadcastId: string
  kind: PlanWorkKind
  /** Of its template. */
  category: string
  /** Why it is taken back from outreach; null: it never went there. */
  reason: string | null
  /** The last sender whose piece was done. */
  afterStaffId: string | null
  createdAt: number
  /** Until when a submission that tells nothing more is taken for alive. */
  aliveUntil: number
}

export const planWorks = defineTable<PlanWork>('broadcast_plan_work', {
  planId: primary(id()),
  broadcastId: id(),
  kind: key(16),
  category: key(64),
  reason: nullable(key(64)),
  afterStaffId: nullable(id()),
  createdAt: instant(),
  aliveUntil: instant(),
}, [{ name: 'ix_broadcast_plan_work_broadcast', columns: ['broadcastId'] }])
