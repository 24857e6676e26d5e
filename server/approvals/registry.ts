import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import type { ApprovalReach, ApprovalRow } from './approval.entity.ts'
import type { ApprovalKind, ApprovalRequest, Described } from './approval-kind.ts'

const hourMs = 3_600_000

/** A kind whose payload is checked each time it is read, so that kinds of all payloads fit one list. */
export interface RegisteredKind {
  readonly kind: string
  readonly decideOn: 'card' | 'console'
  readonly waitsWhenAlone: boolean
  readonly patienceMs: number
  readonly lifetimeMs: number
  /** Throws what zod throws for a payload that is not this kind's. */
  reach(payload: unknown): ApprovalReach
  describe(db: EntityManager, row: ApprovalRow): Promise<Described>
  onApproved(work: UnitOfWork, row: ApprovalRow): Promise<void>
  onClosed(work: UnitOfWork, row: ApprovalRow): Promise<void>
}

export function requestOf<Payload>(row: ApprovalRow, payload: Payload): ApprovalRequest<Payload> {
  const { id, kind, contentHash, requesterStaffId, beneficiaryStaffIds, departmentId, reach, mode, status, createdAt, expiresAt, closedAt, decidedBy, note } = row
  return { id, kind, payload, contentHash, requesterStaffId, beneficiaryStaffIds, departmentId, reach, mode, status, createdAt, expiresAt, closedAt, decidedBy, note }
}

function registered<Payload>(kind: ApprovalKind<Payload>): RegisteredKind {
  const read = (row: ApprovalRow) => requestOf(row, kind.payload.parse(row.payload))
  return {
    kind: kind.kind,
    decideOn: kind.decideOn,
    waitsWhenAlone: kind.waitsWhenAlone ?? false,
    patienceMs: kind.patienceMs ?? 4 * hourMs,
    lifetimeMs: kind.lifetimeMs ?? 72 * hourMs,
    reach: (payload) => kind.reach?.(kind.payload.parse(payload)) ?? 'line',
    describe: (db, row) => kind.describe(db, read(row)),
    onApproved: (work, row) => kind.onApproved(work, read(row)),
    onClosed: async (work, row) => kind.onClosed?.(work, read(row)),
  }
}

/** The kinds of this process. */
export interface Registry {
  /** Throws Invariant for a name that is taken. */
  add<Payload>(kind: ApprovalKind<Payload>): void
  /** Throws Invariant for a kind that nobody registered. */
  get(kind: string): RegisteredKind
  find(kind: string): RegisteredKind | null
}

export function createRegistry(): Registry {
  const kinds = new Map<string, RegisteredKind>()
  return {
    add: (kind) => {
      if (kinds.has(kind.kind)) throw new Invariant(`approval kind ${kind.kind} is registered twice`)
      kinds.set(kind.kind, registered(kind))
    },
    get: (kind) => {
      const known = kinds.get(kind)
      if (known === undefined) throw new Invariant(`approval kind ${kind} is not registered`)
      return known
    },
    find: (kind) => kinds.get(kind) ?? null,
  }
}
