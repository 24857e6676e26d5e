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

/** The whole transaction was rolled back by the database and may be repeated. */
export function isTransient(error: unknown): boolean {
  return transientCodes.has(driverCode(error) ?? '')
}
