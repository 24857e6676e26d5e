import { In } from 'typeorm'
import { z } from 'zod'
import { RoleGrant } from '#shared/access/index'
import { roles, staffRoles, type Access } from '../access/index.ts'
import { firstMismatch, readAnchors, storeVerification, verifyChain, type AnchorMismatch, type AuditVerification } from '../audit/index.ts'
import { auditVerifications } from '../audit/audit.entity.ts'
import type { Database } from '../database/database.ts'
import { addOutbox, describeError, type OutboxHandler } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import { readAnchorFile } from './anchor-file.ts'
import type { OversightWorkers } from './oversight.workers.ts'

const repeatWindowMs = 4 * 60 * 60_000
const mostReceivers = 200

/**
 * Recomputes the whole chain, compares it with the anchors in the file outside, and stores what it found. A break is logged,
 * stands in `/metrics`, and is told to people in the same transaction. Throws when `signal` is aborted.
 */
export async function checkAudit(options: OversightWorkers, signal?: AbortSignal): Promise<AuditVerification> {
  const { database, clock, log } = options
  const startedAt = clock()
  const result = await verifyChain(database, signal)
  const mismatch = await mismatchOutside(options)
  const found = await database.transaction(async (work) => {
    const row = await storeVerification(work, startedAt, clock(), result, mismatch)
    if (row.brokenWhy !== null) await addOutbox(work, { kind: 'audit.broken', payload: { verificationId: row.id }, expiresAt: clock() + repeatWindowMs })
    return row
  })
  const { brokenSeq, brokenEntryId, brokenWhy, checked } = found
  if (brokenWhy !== null) log.error({ seq: brokenSeq, entryId: brokenEntryId, why: brokenWhy, day: mismatch?.anchor.day }, 'the audit chain is broken')
  else log.info({ checked }, 'the audit chain holds')
  return found
}

/** A file that cannot be read tonight is no break of the chain, but somebody must learn of it. */
async function mismatchOutside({ database, anchorTo, log }: OversightWorkers): Promise<AnchorMismatch | null> {
  if (anchorTo.file === null) return null
  try {
    const { anchors, unreadable } = readAnchors(await readAnchorFile(anchorTo.file) ?? '')
    if (unreadable.length > 0) log.error({ lines: unreadable.slice(0, 20) }, 'the file of audit anchors has lines that cannot be read')
    return await firstMismatch(database, anchors)
  } catch (error) {
    log.error({ error: describeError(error) }, 'the file of audit anchors cannot be read')
    return null
  }
}

const OneVerification = z.object({ verificationId: z.string() })

export function brokenEffects({ database, access, wecom, anchorTo, publicUrl }: OversightWorkers): [string, OutboxHandler][] {
  return [['audit.broken', {
    repeat: 'safe',
    run: async (payload) => {
      const found = await database.db.findOneBy(auditVerifications, { id: OneVerification.parse(payload).verificationId })
      const userids = anchorTo.userids.length > 0 ? anchorTo.userids : await auditors(database, access)
      if (found === null || userids.length === 0) return
      await wecom.sendMessage({ to: { userids }, message: { type: 'text', content: brokenText(found, publicUrl) }, repeatWindowMs })
    },
  }]]
}

function brokenText({ id, brokenSeq }: AuditVerification, publicUrl: string): string {
  const place = brokenSeq === null ? '链外记录' : `第 ${brokenSeq} 环`
  return `【审计告警】审计链校验未通过：${place}。审计记录可能被改动，请立即核查。\nThe audit chain is broken: ${brokenSeq === null ? 'an entry outside it' : `link ${brokenSeq}`}.\n${publicUrl}/console/\n${id}`
}

/** Everybody who may view the audit now. */
async function auditors(database: Database, access: Access): Promise<string[]> {
  const giving = (await database.db.find(roles)).filter((role) => {
    const grants = z.array(RoleGrant).safeParse(role.grants)
    return grants.success && grants.data.some((grant) => grant.operations.some((operation) => operation.startsWith('system.audit.')))
  }).map((role) => role.roleKey)
  const holders = giving.length === 0 ? [] : await database.db.findBy(staffRoles, { roleKey: In(giving) })
  const people = holders.length === 0 ? [] : await database.db.findBy(staff, { id: In([...new Set(holders.map((one) => one.staffId))]), status: 'active' })
  const may = await Promise.all(people.slice(0, mostReceivers).map(async (person) => (await access.actorFor(person.id)).may('system.audit.view')))
  return people.filter((_, place) => may[place] === true).map((person) => person.userid)
}
