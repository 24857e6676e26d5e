import 'dotenv/config'
import { cac } from 'cac'
import { In } from 'typeorm'
import { migrations } from '../../migrations/index.ts'
import { loadConfig } from '../config.ts'
import { listFaults, relist } from '../customers/index.ts'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { createLog } from '../log.ts'
import { createAdminCommands, listWaiting, staff, type AdminCommands } from '../organization/index.ts'
import { createServices, type Services } from '../services.ts'
import { runCommand } from './run-command.ts'

/** `npm run admin -- …`: what the first day needs before anybody can sign in as administrator. Every change is audited. */
const cli = cac('admin')

async function withCommands(use: (commands: AdminCommands, services: Services) => Promise<void>): Promise<void> {
  const config = loadConfig(process.env)
  const database = await openDatabase({ url: config.databaseUrl, entities, migrations })
  const services = createServices({ config, log: createLog('silent'), database })
  const { access, audit, wecom, staffWriter: writer, clock } = services
  try {
    await use(createAdminCommands({ database, access, audit, wecom, writer, clock }), services)
  } finally {
    services.redis?.disconnect()
    await database.close()
  }
}

cli.command('appoint <userid>', 'makes a staff member administrator').action((userid: unknown) => withCommands(async (commands) => {
  const person = await commands.appoint(String(userid))
  console.log(`${person.wecomUserid} is administrator now.`)
}))
cli.command('waiting', 'lists what WeCom\'s directory would add to people\'s rights').action(() => withCommands(async (_commands, { database }) => {
  const rows = await listWaiting(database.db)
  const people = new Map((rows.length === 0 ? [] : await database.db.getRepository(staff).findBy({ id: In(rows.map((row) => row.staffId)) })).map((row) => [row.id, row]))
  for (const row of rows) console.log([people.get(row.staffId)?.wecomUserid ?? row.staffId, row.kind, row.departmentId ?? row.roleKey ?? '', new Date(row.createdAt).toISOString()].join('\t'))
  if (rows.length === 0) console.log('Nothing is waiting.')
}))
cli.command('agree <userid>', 'agrees to everything that waits for one person').action((userid: unknown) => withCommands(async (commands) => {
  console.log(`Agreed to ${await commands.agree(String(userid))} change(s).`)
}))
cli.command('mark <departmentId> <kind>', 'marks a department as store, region or plain department').action((departmentId: unknown, kind: unknown) => withCommands(async (commands) => {
  if (kind !== 'store' && kind !== 'region' && kind !== 'department') throw new Error('the kind must be store, region or department')
  await commands.mark(Number(departmentId), kind)
  console.log(`Department ${String(departmentId)} is a ${kind} now.`)
}))
cli.command('same-person <userid> <other>', 'marks two accounts as one human being, so that neither decides for the other').action((userid: unknown, other: unknown) => withCommands(async (commands) => {
  await commands.samePerson(String(userid), String(other))
  console.log('Saved.')
}))
cli.command('own-person <userid>', 'takes the mark of same-person from one account').action((userid: unknown) => withCommands(async (commands) => {
  console.log(await commands.ownPerson(String(userid)) ? 'Saved.' : 'This account was not marked.')
}))
cli.command('joined <userid> <date>', 'sets the day somebody joined (YYYY-MM-DD)').action((userid: unknown, date: unknown) => withCommands(async (commands) => {
  const at = Date.parse(`${String(date)}T00:00:00Z`)
  if (Number.isNaN(at)) throw new Error('the date must be YYYY-MM-DD')
  await commands.joined(String(userid), at)
  console.log('Saved.')
}))
cli.command('relist', 'compares the tables behind lists with the facts and mends them; --check changes nothing').option('--check', 'only compare').action(({ check }: { readonly check?: boolean }) => withCommands(async (_commands, { database, audit }) => {
  if (check !== true) {
    const mended = await relist({ database, audit })
    console.log(mended === 0 ? 'The tables behind lists say what the facts say.' : `Mended what the tables behind lists said about ${mended} customer(s).`)
    return
  }
  const { customers, different, open } = await listFaults(database.db)
  if (open.length > 0) console.log(`Still being written: ${open.join(', ')}.`)
  console.log(different.length === 0 ? `The tables behind lists say what the facts say about ${customers} customer(s).` : `They say something else about ${different.length} customer(s) or more: ${different.join(' ')}`)
  if (different.length > 0) process.exitCode = 1
}))
await runCommand(cli)
