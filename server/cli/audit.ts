import 'dotenv/config'
import { readFile } from 'node:fs/promises'
import { cac } from 'cac'
import { migrations } from '../../migrations/index.ts'
import { describeAnchors, describeVerification, firstMismatch, readAnchors, verifyChain } from '../audit/index.ts'
import { loadDatabaseUrl } from '../config.ts'
import { openDatabase, type Database } from '../database/database.ts'
import { entities } from '../entities.ts'
import { runCommand } from './run-command.ts'

/** `npm run audit -- verify`: exit code 0 when the chain holds (and fits the anchors), 1 when not or when it cannot be read. */
const cli = cac('audit')

/** An option that was given without its value must not pass for one that was left out. */
function fileOf(anchors: unknown): string | null {
  if (anchors === undefined) return null
  if (typeof anchors !== 'string' || anchors === '') throw new Error('--anchors needs the path of one file')
  return anchors
}

async function checkAnchors(database: Database, path: string) {
  const file = readAnchors(await readFile(path, 'utf8'))
  return describeAnchors(file, await firstMismatch(database, file.anchors))
}

cli.command('verify', 'recomputes the audit chain and names the first broken entry')
  .option('--anchors <file>', 'also compares it with the anchors in this file and names the first that does not match')
  .action(async ({ anchors }: { anchors?: unknown }) => {
    const path = fileOf(anchors)
    const database = await openDatabase({ url: loadDatabaseUrl(process.env), entities, migrations })
    try {
      const parts = [describeVerification(await verifyChain(database)), ...(path === null ? [] : [await checkAnchors(database, path)])]
      for (const line of parts.flatMap((part) => part.lines)) console.log(line)
      process.exitCode = Math.max(...parts.map((part) => part.exitCode))
    } finally {
      await database.close()
    }
  })
await runCommand(cli)
