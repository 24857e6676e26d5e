import { createHash } from 'node:crypto'
import { LessThan, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { isErrorCode } from '#shared/error-codes'
import { raisedBy, readMarks, type ActorAccess } from '../access/index.ts'
import { withinRequest, type Database, type UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { Invariant, ProjectError } from '../errors.ts'
import { idempotencyKeys, type IdempotencyKey } from './idempotency.entity.ts'

export interface IdempotencyParts {
  readonly database: Database
  readonly clock: () => number
  readonly sealer: { seal(plain: string, context: string): string, open(sealed: string, context: string): string }
}

/** What is asked, as the sender sent it. */
export interface Repeatable {
  readonly actor: ActorAccess
  /** The header; anything but 1 to 200 visible ASCII characters is refused. */
  readonly key: string
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** The answer holds what is audited, counted and decided anew each time it is shown: it is never kept. */
  readonly showsOnce: boolean
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** How long a request may work before another may take its key over: what it writes later is refused. */
const leaseMs = 60_000
const keptMs = 24 * 3_600_000
/** A longer answer is not kept: the repeat learns that it was done. */
const mostAnswerCharacters = 500_000
const KeptRefusal = z.object({ code: z.string(), data: z.record(z.string(), z.unknown()) })
const sealContext = 'idempotency.answer'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Effectful POSTs accept `Idempotency-Key` (DESIGN section 5): the same person with the same key gets the answer of the first
 * request, and nothing happens twice, whatever died in between. That something was written stands in the transaction that wrote it:
 * - died before: the key is free again after a minute, and the repeat works as the first would have;
 * - died after, before the answer was kept: the repeat is told that it was done (`idempotency.done`);
 * - an answer that shows something once only (a revealed number, a file) is not kept: facts about a customer may be others now;
 * - under other rules than the first, its own changes of them left out: the answer might show what is hidden now, so the repeat
 *   is told only that it was done.
 * A refusal that wrote nothing is not kept: whoever corrects his input may use the key again.
 */
export async function once(parts: IdempotencyParts, asked: Repeatable, handle: () => Promise<unknown>): Promise<unknown> {
  if (!/^[\x21-\x7e]{1,200}$/.test(asked.key)) throw new ProjectError('idempotency.key_invalid', 400)
  const row = await claim(parts, asked)
  if (row.state === 'done') return repeatAnswer(parts, asked.actor, row)
  const mine = { staffId: row.staffId, keyHash: row.keyHash, holder: row.holder }
  const { db } = parts.database
  const keys = db.getRepository(idempotencyKeys)
  const rules: Rules = { epoch: asked.actor.epoch, now: asked.actor.now }
  const keep = (status: number, answer: unknown) => keepAnswer(parts, rules, mine, status, answer)
  try {
    const answer = await withinRequest((work) => work.beforeCommit('idempotency', () => markApplied(work, mine, rules)), handle)
    await keep(200, asked.showsOnce ? null : answer)
    return answer
  } catch (error) {
    const { affected } = await keys.delete({ ...mine, state: 'running' })
    if (affected !== 1 && error instanceof ProjectError && error.status < 500) await keep(error.status, { code: error.code, data: error.data })
    throw error
  }
}

type Mine = Pick<IdempotencyKey, 'staffId' | 'keyHash' | 'holder'>

/** The rules under which the answer holds; no epoch when others changed them meanwhile. */
interface Rules {
  epoch: number | null
  readonly now: number
}

/** In the transaction that writes: whoever lost the key meanwhile writes nothing. */
async function markApplied(work: UnitOfWork, mine: Mine, rules: Rules): Promise<void> {
  const keys = work.db.getRepository(idempotencyKeys)
  const { affected } = await keys.update({ ...mine, state: 'running' }, { state: 'applied' })
  if (affected !== 1 && !(await keys.existsBy({ ...mine, state: 'applied' }))) throw new ProjectError('idempotency.in_progress', 409)
  const own = raisedBy(work.db)
  if (own === 0 || rules.epoch === null) return
  // Whoever raised the epoch holds its row until the commit: what stands there now is what this transaction leaves.
  const { epoch } = await readMarks(work.db)
  const before = rules.epoch
  work.afterCommit(() => { rules.epoch = epoch === before + own ? epoch : null })
}

async function keepAnswer({ database, clock, sealer }: IdempotencyParts, { epoch, now }: Rules, mine: Mine, status: number, answer: unknown): Promise<void> {
  const text = JSON.stringify(answer ?? null)
  await database.db.getRepository(idempotencyKeys).update(mine, {
    state: 'done', status, answer: answer === null || text.length > mostAnswerCharacters ? null : sealer.seal(text, sealContext), epoch, answeredAt: now, leaseUntil: clock(),
  })
}

/** A row that this request works on, or one that is done. */
async function claim({ database, clock }: IdempotencyParts, { actor, key, requestId, method, path, params, query, body }: Repeatable): Promise<IdempotencyKey> {
  const keys = database.db.getRepository(idempotencyKeys)
  const now = clock()
  const fresh: IdempotencyKey = {
    staffId: actor.staffId, keyHash: digest(key), fingerprint: digest(JSON.stringify([method, path, params, query, body])), state: 'running', holder: requestId,
    leaseUntil: now + leaseMs, status: null, answer: null, epoch: null, answeredAt: null, createdAt: now,
  }
  try {
    await keys.insert(fresh)
    return fresh
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  const { staffId, keyHash } = fresh
  const known = await keys.findOneBy({ staffId, keyHash })
  // Refused at this very moment, or forgotten after its day.
  if (known === null) throw new ProjectError('idempotency.in_progress', 409)
  if (known.fingerprint !== fresh.fingerprint) throw new ProjectError('idempotency.key_reused', 422)
  if (known.state === 'done') return known
  if (known.leaseUntil > now) throw new ProjectError('idempotency.in_progress', 409)
  if (known.state === 'applied') throw new ProjectError('idempotency.done', 409)
  const { affected } = await keys.update({ staffId, keyHash, holder: known.holder, state: 'running' }, { holder: fresh.holder, leaseUntil: fresh.leaseUntil })
  if (affected !== 1) throw new ProjectError('idempotency.in_progress', 409)
  return { ...known, holder: fresh.holder }
}

function repeatAnswer({ sealer }: IdempotencyParts, actor: ActorAccess, { status, answer, epoch, answeredAt }: IdempotencyKey): unknown {
  if (answer === null || epoch === null || answeredAt === null || !actor.hasSameRulesAs({ epoch, now: answeredAt })) throw new ProjectError('idempotency.done', 409)
  const kept: unknown = JSON.parse(sealer.open(answer, sealContext))
  if (status === 200) return kept
  const { code, data } = KeptRefusal.parse(kept)
  if (!isErrorCode(code) || status === null) throw new Invariant('a kept refusal cannot be read')
  throw new ProjectError(code, status, data)
}

/** Forgets keys after a day. */
export async function purgeIdempotencyKeys(db: EntityManager, now: number): Promise<void> {
  await db.getRepository(idempotencyKeys).delete({ createdAt: LessThan(now - keptMs) })
}
