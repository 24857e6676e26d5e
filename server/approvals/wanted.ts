import type { UnitOfWork } from '../database/database.ts'
import { addOutbox } from '../jobs/index.ts'

/** Somebody is to be asked: finds the next level and writes to those who stand there. */
export async function wantNextLevel(work: UnitOfWork, requestId: string): Promise<void> {
  await addOutbox(work, { kind: 'approval.proceed', payload: { requestId }, uniqueKey: `approval.proceed:${requestId}`, whileRunning: 'again', reviveParked: true })
}

/** The card of this approver is to show the present state: sent if it was not, greyed if there is nothing left to tap. */
export async function wantCard(work: UnitOfWork, approverId: string): Promise<void> {
  await addOutbox(work, { kind: 'approval.card', payload: { approverId }, orderKey: `approval.card:${approverId}`, uniqueKey: `approval.card:${approverId}`, whileRunning: 'again', reviveParked: true })
}

/** Why a tap did nothing, for the person who tapped. */
export async function wantTold(work: UnitOfWork, told: { readonly requestId: string, readonly staffId: string, readonly reason: string, readonly at: number }): Promise<void> {
  await addOutbox(work, { kind: 'approval.told', payload: told })
}
