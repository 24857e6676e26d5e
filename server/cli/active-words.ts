import { existsSync } from 'node:fs'
import { migrations } from '../../migrations/index.ts'
import { loadDatabaseUrl } from '../config.ts'
import { openDatabase } from '../database/database.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { entities } from '../entities.ts'
import { documentOfVersion, latestVersion, starterDocument, type WordDocument } from '../screening/index.ts'

/** A SQLite file that is not there yet would be made by opening it. */
const isMissing = (url: string): boolean => url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length).split('?')[0] ?? '')

/** The list in force in this installation; the starter list where no database or no schema is yet. */
export async function activeDocument(environment: NodeJS.ProcessEnv): Promise<WordDocument> {
  const url = loadDatabaseUrl(environment)
  if (isMissing(url)) return starterDocument
  const database = await openDatabase({ url, entities, migrations })
  try {
    if ((await pendingMigrations(database)).length > 0) return starterDocument
    return await documentOfVersion(database.db, (await latestVersion(database.db))?.number ?? 0)
  } finally {
    await database.close()
  }
}
