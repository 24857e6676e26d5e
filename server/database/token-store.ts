import type { Sealer } from '../sealing.ts'
import type { Database } from './database.ts'
import { isUniqueViolation } from './violations.ts'
import { wecomTokens } from './token-store.entity.ts'

const context = 'wecom.token'

/** WeCom's tokens and tickets in the database, sealed, so that all processes share one and a restart needs none. */
export function createTokenStore(database: Database, sealer: Sealer, clock: () => number) {
  const table = () => database.db.getRepository(wecomTokens)
  return {
    read: async (key: string): Promise<{ value: string; expiresAt: number } | null> => {
      const row = await table().findOneBy({ tokenKey: key })
      if (row === null || row.expiresAt <= clock()) return null
      try {
        return { value: sealer.open(row.valueSealed, context), expiresAt: row.expiresAt }
      } catch {
        // Sealed under a key that is gone: a new token is to be had at any time.
        return null
      }
    },
    write: async (key: string, value: string, expiresAt: number): Promise<void> => {
      const row = { tokenKey: key, valueSealed: sealer.seal(value, context), expiresAt, updatedAt: clock() }
      const written = await table().update({ tokenKey: key }, row)
      if (written.affected === 1) return
      try {
        await table().insert(row)
      } catch (error) {
        // Another process wrote first: its token is as good as ours.
        if (!isUniqueViolation(error)) throw error
      }
    },
    drop: async (key: string, value: string): Promise<void> => {
      const row = await table().findOneBy({ tokenKey: key })
      if (row === null) return
      // A token that another process wrote meanwhile has other times and stays.
      if (sealer.open(row.valueSealed, context) === value) await table().delete({ tokenKey: key, updatedAt: row.updatedAt, expiresAt: row.expiresAt })
    },
  }
}
