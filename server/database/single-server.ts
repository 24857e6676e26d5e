import SqliteConnection from 'better-sqlite3'

/** Another server works on the same SQLite file. */
export class DatabaseInUse extends Error {
  constructor(file: string) {
    super(`another server uses ${file}: SQLite takes one server process, use MySQL for several`)
    this.name = 'DatabaseInUse'
  }
}

/**
 * Holds a lock beside the SQLite file for the life of this process; the operating system frees it whenever and however
 * the process ends. Commands that only read or write for a moment do not need it.
 */
export function holdSqliteFile(databaseUrl: string): { release(): void } {
  const file = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : ':memory:'
  if (file === ':memory:') return { release: () => undefined }
  const lock = new SqliteConnection(`${file}.lock`, { timeout: 0 })
  try {
    lock.pragma('journal_mode = DELETE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof SqliteConnection.SqliteError && error.code === 'SQLITE_BUSY') throw new DatabaseInUse(file)
    throw error
  }
  return { release: () => lock.close() }
}
