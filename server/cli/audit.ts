import 'dotenv/config'
import { cac } from 'cac'
import { migrations } from '../../migrations/index.ts'
import { describeVerification, verifyChain } from '../audit/index.ts'
import { loadDatabaseUrl } from '../config.ts'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { runCommand } from './run-command.ts'

/** `npm run audit -- verify`: exit code 0 when the chain holds, 1 when it is broken or cannot be read. */
const cli = cac('audit')
cli.command('verify', 'recomputes the audit chain and names the first broken entry').action(async () => {
  const database = await openDatabase({ url: loadDatabaseUrl(process.env), entities, migrations })
  try {
    const { lines, exitCode } = describeVerification(await verifyChain(database))
    for (const line of lines) console.log(line)
    process.exitCode = exitCode
  } finally {
    await database.close()
  }
})
await runCommand(cli)
