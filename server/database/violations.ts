import { QueryFailedError } from 'typeorm'

function driverCode(error: unknown): string | null {
  if (!(error instanceof QueryFailedError)) return null
  const inner: unknown = error.driverError
  if (typeof inner !== 'object' || inner === null || !('code' in inner)) return null
  return typeof inner.code === 'string' ? inner.code : null
}

const uniqueCodes = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'ER_DUP_ENTRY'])
const transientCodes = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'SQLITE_BUSY'])

/** A row with the same unique key exists already. The surrounding transaction stays usable on both databases. */
export function isUniqueViolation(error: unknown): boolean {
  return uniqueCodes.has(driverCode(error) ?? '')
}

const refusedCodes = new Set(['ER_DATA_TOO_LONG', 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'ER_TRUNCATED_WRONG_VALUE', 'ER_NET_PACKET_TOO_LARGE', 'ER_BAD_NULL_ERROR', 'ER_WARN_DATA_OUT_OF_RANGE', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH'])

/** The database will never take this value: trying again is of no use. Also for errors of the SQLite connection itself. */
export function isRefusedValue(error: unknown): boolean {
  const own = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const code = driverCode(error) ?? own
  return refusedCodes.has(code) || code.startsWith('SQLITE_CONSTRAINT')
}

/** What a transaction relied on has changed since it looked: it is rolled back and repeated. */
export class Outdated extends Error {}

/** The whole transaction was rolled back and may be repeated. */
export function isTransient(error: unknown): boolean {
  return error instanceof Outdated || transientCodes.has(driverCode(error) ?? '')
}
