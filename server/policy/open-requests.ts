import { In, Like, type EntityManager } from 'typeorm'
import { approvalRequests, type ApprovalRow } from '../approvals/index.ts'

/** The ids of the open requests under these keys. */
export async function openRequests(db: EntityManager, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const rows = await db.getRepository(approvalRequests).findBy({ uniqueKey: In([...keys]) })
  return new Map(rows.flatMap((row) => (row.uniqueKey === null ? [] : [[row.uniqueKey, row.id]])))
}

/** The open requests whose key begins so; a key is kept only while its request is open. */
export function openRequestsUnder(db: EntityManager, beginning: string): Promise<ApprovalRow[]> {
  return db.getRepository(approvalRequests).find({ where: { uniqueKey: Like(`${beginning}%`) }, order: { createdAt: 'ASC', id: 'ASC' } })
}
