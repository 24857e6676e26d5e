import { In } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Report, ReportExport } from '#shared/contracts/reports'
import type { Access } from '../../server/access/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { createAuditSealer, verifyChain } from '../../server/audit/index.ts'
import { createAdminCommands, departments, wantDirectorySync } from '../../server/organization/index.ts'
import { buildExport } from '../../server/reports/build-export.ts'
import { reportExportParts, reportExports } from '../../server/reports/report-export.entity.ts'
import { reportEffects, reportSchedules } from '../../server/reports/reports.workers.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Reply } from '../support/person.ts'
import { belowOf, busyCompany, zone, type BusyCompany } from './support/busy-company.ts'

const post = async (company: BusyCompany, userid: string, path: string, body: object = {}): Promise<Reply> =>
  (await company.app.person(userid)).send('POST', path, { body: JSON.stringify(body) })

describe.each(await testDatabaseKinds())('exports of reports on %s', (kind) => {
  let company: BusyCompany
  let region = 0
  const time = { ahead: 0 }
  beforeAll(async () => {
    company = await busyCompany(kind, () => Date.now() + time.ahead)
    region = company.app.storeOf('regional01')
  })
  afterEach(() => {
    time.ahead = 0
  })
  afterAll(() => company.app.stop())

  const ask = async (userid: string, name = 'visits', body: object = {}): Promise<ReportExport> => {
    const reply = await post(company, userid, `/api/reports/${name}/exports`, { department: region, ...body })
    expect([reply.status, reply.text]).toEqual([200, reply.text])
    return reply.body
  }
  const download = (userid: string, id: string) => post(company, userid, `/api/report-exports/${id}/download`)
  const statusOf = async (userid: string, id: string) => ((await (await company.app.person(userid)).get('/api/report-exports')).body.items as ReportExport[]).find((one) => one.id === id)?.status

  /** The request as a superior finds it in his console. */
  async function decide(userid: string, exportId: string, verdict: 'approve' | 'refuse'): Promise<Reply> {
    await company.app.settle()
    const entry = await company.app.services.database.db.findOneByOrFail(auditEntries, { action: 'report.export-asked', subjectId: exportId })
    // freshly signed in, as deciding about an export asks for
    const reply = await (await company.app.as(userid)).send('POST', `/api/approvals/${String(entry.details['approval'])}/decision`, { body: JSON.stringify({ verdict }) })
    await company.app.settle()
    return reply
  }

  it('S05 T09 a regional manager exports the report of her region after approval: watermarked, only her region\'s rows, withheld where the screen withholds', async () => {
    const asked = await ask('regional01', 'visits', { level: 'staff' })
    expect(asked).toMatchObject({ report: 'visits', status: 'asked', departmentId: region, level: 'staff', rows: null, expiresAt: null })
    await company.app.settle()
    expect((await download('regional01', asked.id)).body.error.code).toBe('report.export_gone')
    expect((await decide('director01', asked.id, 'approve')).status).toBe(200)
    expect(await statusOf('regional01', asked.id)).toBe('ready')
    const file = await download('regional01', asked.id)
    expect([file.status, file.body.fileName, file.body.mediaType]).toEqual([200, `visits-${company.month}-${region}.csv`, 'text/csv;charset=utf-8'])
    const lines: string[] = file.body.content.split('\r\n')
    const { name } = await company.app.staffOf('regional01')
    expect(lines[0]).toMatch(new RegExp(`^\ufeff"导出人","${name}（regional01）","导出时间","\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d","申请编号","${asked.id}"$`))
    const screen: Report = (await (await company.app.person('regional01')).get(`/api/reports/visits?department=${region}&level=staff`)).body
    const stores = await belowOf(company.app, region)
    expect(screen.groups.every((group) => stores.has(group.department.id))).toBe(true)
    // What the screen withholds the file withholds, and what it shows is the same.
    const cells = (figures: Report['groups'][number]['figures']) => screen.measures.map((measure) => { const figure = figures[measure]; return figure !== undefined && 'value' in figure ? `"${figure.value}"` : '"—"' })
    expect(lines.slice(3, -1)).toEqual([
      ['"合计"', '""', ...cells(screen.total ?? {})].join(','),
      ...screen.groups.map((group) => [`"${group.department.name}${group.direct ? '（直属）' : ''}"`, group.staff === null ? '"其他"' : `"${group.staff.name}（${group.staff.userid}）"`, ...cells(group.figures)].join(',')),
    ])
    expect(lines.slice(3).join()).toContain('—')
    for (const foreign of ['manager02', 'manager04', 'regional02', 'clerk02']) expect(file.body.content).not.toContain(foreign)
  })

  it('S05 a store manager cannot export, nor can others without the operation; another region is not there', async () => {
    for (const userid of ['manager01', 'clerk01', 'marketing01', 'operations01', 'saleshead01', 'admin01']) {
      const reply = await post(company, userid, '/api/reports/visits/exports', { department: company.app.storeOf('manager01') })
      expect([userid, reply.status, reply.body.error.code]).toEqual([userid, 403, 'access.denied'])
    }
    for (const department of [company.app.storeOf('regional02'), company.app.storeOf('manager02'), 1, 999_999]) {
      expect((await post(company, 'regional01', '/api/reports/visits/exports', { department })).body.error).toMatchObject({ code: 'report.department_not_found' })
    }
    for (const [body, code] of [[{ department: region, level: 'customer' }, 'request.invalid'], [{ department: region, from: '2099-01-01', period: 'day' }, 'report.period_open'], [{}, 'request.invalid']] as const) {
      expect((await post(company, 'regional01', '/api/reports/visits/exports', body)).body.error.code).toBe(code)
    }
    expect((await post(company, 'regional01', '/api/reports/phones/exports', { department: region })).body.error.code).toBe('report.not_found')
  })

  it('S25 an export needs a superior in the line of whoever asks: he himself, his other account, a subordinate and a peer are refused; all of it is on the chain', async () => {
    const { database, access, audit, wecom, staffWriter: writer, clock, log } = company.app.services
    const commands = createAdminCommands({ database, access, audit, wecom, writer, clock })
    // The same person by another account, which by itself could decide: it is neither requester nor beneficiary in name.
    await company.app.giveRole('saleshead01', 'director')
    await commands.samePerson('regional01', 'saleshead01')
    const asked = await ask('regional01')
    const refused = ['regional01', 'saleshead01', 'manager01', 'regional02', 'marketing01', 'admin01']
    for (const userid of refused) expect([userid, (await decide(userid, asked.id, 'approve')).status]).toSatisfy(([, status]) => status === 403 || status === 404)
    expect(await statusOf('regional01', asked.id)).toBe('asked')
    const allowed = await ask('regional01', 'spending')
    expect((await decide('director01', allowed.id, 'approve')).status).toBe(200)
    expect(await statusOf('regional01', allowed.id)).toBe('ready')
    const entry = await database.db.findOneByOrFail(auditEntries, { action: 'report.export-asked', subjectId: asked.id })
    const trail = await database.db.findBy(auditEntries, { subjectId: String(entry.details['approval']) })
    expect(trail.filter((one) => one.action === 'approval.denied').map((one) => one.outcome)).toEqual(refused.map(() => 'refused'))
    await createAuditSealer({ database, clock, log }).sealAll()
    const chain = await verifyChain(database)
    expect([chain.firstBroken, chain.unsealed]).toEqual([undefined, 0])
    await commands.ownPerson('regional01')
    await commands.ownPerson('saleshead01')
    await company.app.takeRole('saleshead01', 'director')
    expect((await decide('director01', asked.id, 'refuse')).status).toBe(200)
    expect(await statusOf('regional01', asked.id)).toBe('refused')
    expect((await download('regional01', asked.id)).body.error.code).toBe('report.export_gone')
  })

  it('the file is there once, for the one who asked, for a day', async () => {
    const asked = await ask('regional01')
    await decide('director01', asked.id, 'approve')
    for (const userid of ['director01', 'regional02']) expect((await download(userid, asked.id)).body.error.code).toBe('report.export_not_found')
    expect((await download('manager01', asked.id)).status).toBe(403)
    const both = await Promise.all([download('regional01', asked.id), download('regional01', asked.id)])
    expect(both.map((reply) => reply.status).sort()).toEqual([200, 410])
    expect((await download('regional01', asked.id)).status).toBe(410)
    expect(await company.app.services.database.db.countBy(reportExportParts, { exportId: asked.id })).toBe(0)
    const late = await ask('regional01')
    await decide('director01', late.id, 'approve')
    await company.app.services.database.db.update(reportExports, { id: late.id }, { expiresAt: Date.now() - 1 })
    expect([(await download('regional01', late.id)).status, await statusOf('regional01', late.id)]).toEqual([410, 'expired'])
    const { database, clock } = company.app.services
    await reportSchedules({ database, clock })[0]?.run(new AbortController().signal)
    expect(await database.db.findOneBy(reportExports, { id: late.id })).toMatchObject({ status: 'expired' })
    expect(await database.db.countBy(reportExportParts, { exportId: late.id })).toBe(0)
  })

  it('S26 whoever loses the operation between request and file gets none, between file and download neither', async () => {
    const asked = await ask('regional01')
    await company.app.takeRole('regional01', 'regional-manager')
    await decide('director01', asked.id, 'approve')
    expect(await company.app.services.database.db.findOneBy(reportExports, { id: asked.id })).toMatchObject({ status: 'failed', failure: 'report.department_not_found', rowCount: null })
    expect(await company.app.services.database.db.countBy(auditEntries, { action: 'report.export-failed', subjectId: asked.id, outcome: 'refused' })).toBe(1)
    await company.app.giveRole('regional01', 'regional-manager')
    const second = await ask('regional01')
    await decide('director01', second.id, 'approve')
    await company.app.takeRole('regional01', 'regional-manager')
    const refused = await download('regional01', second.id)
    expect([refused.status, refused.body.error.code]).toEqual([403, 'access.denied'])
    await company.app.giveRole('regional01', 'regional-manager')
    expect((await download('regional01', second.id)).status).toBe(409)
    await company.app.settle()
    expect((await download('regional01', second.id)).status).toBe(200)
  })

  /** A file of visits by store that is ready to be downloaded, and what its effect has told. */
  async function readyFile(): Promise<string> {
    const { id } = await ask('regional01', 'visits', { level: 'store' })
    await decide('director01', id, 'approve')
    expect(await statusOf('regional01', id)).toBe('ready')
    return id
  }
  /** Names of the groups in a file, without its head and its total. */
  const namesIn = (content: string) => content.split('\r\n').slice(4, -1).map((line) => line.split(',')[0]?.replaceAll('"', ''))
  const namesOf = async (ids: Iterable<number>) => (await company.app.services.database.db.findBy(departments, { id: In([...ids]) })).map((one) => one.name)

  async function move(store: number, to: number): Promise<void> {
    company.app.simulator.controls.moveDepartment(store, to)
    await company.app.services.database.transaction((work) => wantDirectorySync(work))
    await company.app.settle()
  }

  /** The file does not leave but is written anew; returns what it holds then. */
  async function rebuilt(id: string): Promise<string> {
    const { db } = company.app.services.database
    const refused = await download('regional01', id)
    expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([409, 'report.export_rebuilding', '权限或范围有变化，文件正在按现在的规则重新生成，请稍后再下载'])
    expect(await db.findOneBy(reportExports, { id })).toMatchObject({ status: 'building', readyAt: null, rowCount: null, builtEpoch: null, builtAt: null })
    expect(await db.countBy(reportExportParts, { exportId: id })).toBe(0)
    expect((await download('regional01', id)).body.error.code).toBe('report.export_gone')
    await company.app.settle()
    const file = await download('regional01', id)
    expect([file.status, file.text]).toEqual([200, file.text])
    const trail = await db.find(auditEntries, { where: { subjectId: id }, order: { id: 'ASC' } })
    expect(trail.map((entry) => [entry.action, entry.outcome])).toEqual([
      ['report.export-asked', 'done'], ['report.export-built', 'done'], ['report.export-rebuilt', 'refused'], ['report.export-built', 'done'], ['report.exported', 'done'],
    ])
    return file.body.content
  }

  it('S05 S26 S52 a store that moved to another city after the file was built does not leave with it: the file is built anew under the rules in force', async () => {
    const id = await readyFile()
    const { db } = company.app.services.database
    const before = await db.findOneByOrFail(reportExports, { id })
    const [store, elsewhere] = [company.app.storeOf('manager01'), company.app.storeOf('regional02')]
    const [name] = await namesOf([store])
    expect((await db.findBy(reportExportParts, { exportId: id })).map((part) => part.content).join('')).toContain(`"${name}"`)
    await move(store, elsewhere)
    expect(await belowOf(company.app, region)).not.toContain(store)
    const content = await rebuilt(id)
    const stores = (await namesOf(await belowOf(company.app, region))).filter((one) => one !== name)
    expect(namesIn(content).length).toBeGreaterThan(0)
    for (const shown of namesIn(content)) expect(stores).toContain(shown)
    expect(content).not.toContain(`"${name}"`)
    const { expiresAt, builtEpoch } = await db.findOneByOrFail(reportExports, { id })
    expect([expiresAt, Number(builtEpoch) > Number(before.builtEpoch)]).toEqual([before.expiresAt, true])
    await move(store, region)
  })

  it('S05 S52 whoever has no right any more when the file is built anew gets none', async () => {
    const id = await readyFile()
    const denial = await company.app.restrict({ subject: { everyone: false, roles: ['regional-manager'], staffIds: [], except: [] }, operations: ['marketing.reports.view'], scope: { kind: 'departments', departmentIds: [company.app.storeOf('manager01')] }, conditions: [] })
    expect((await download('regional01', id)).status).toBe(409)
    await company.app.takeRole('regional01', 'regional-manager')
    await company.app.settle()
    expect(await company.app.services.database.db.findOneBy(reportExports, { id })).toMatchObject({ status: 'failed', failure: 'report.department_not_found' })
    expect(await company.app.services.database.db.countBy(reportExportParts, { exportId: id })).toBe(0)
    await company.app.giveRole('regional01', 'regional-manager')
    await company.app.lift(denial)
    expect((await download('regional01', id)).status).toBe(410)
  })

  it('a change of the rules while the file is written begins it anew; one that never ends leaves it for later', async () => {
    const { database, access, clock } = company.app.services
    const asked = await ask('regional01', 'visits', { level: 'staff' })
    const row = await database.db.findOneByOrFail(reportExports, { id: asked.id })
    let calls = 0
    const restless = (every: boolean): Pick<Access, 'actorFor'> => ({
      actorFor: async (staffId) => {
        calls += 1
        if (every ? calls % 2 === 0 : calls === 2) await database.transaction((work) => access.raiseEpoch(work))
        return access.actorFor(staffId)
      },
    })
    const built = await buildExport({ database, access: restless(false), clock, zone }, row)
    expect([built.kind, calls > 3, built.kind === 'built' && built.epoch === (await access.readEpoch())]).toEqual(['built', true, true])
    await expect(buildExport({ database, access: restless(true), clock, zone }, row)).rejects.toThrow('the rules change too often')
  })

  it('nothing is doubled when the process dies and the effect runs again; the requester is told once', async () => {
    const asked = await ask('regional01', 'spending', { level: 'store' })
    await decide('director01', asked.id, 'approve')
    const { database, access, audit, wecom, clock, config } = company.app.services
    const effects = new Map(reportEffects({ database, access, audit, wecom, clock, zone, publicUrl: config.publicUrl }))
    const context = { attempt: 2, mustReadBack: true, signal: new AbortController().signal, requestId: 'again' }
    expect(await effects.get('report.export')?.run({ exportId: asked.id }, context)).toBeUndefined()
    await effects.get('report.export-ready')?.run({ exportId: asked.id }, context)
    expect(company.app.simulator.controls.outbox('regional01').filter((message) => String(message.body['content']).includes(asked.id))).toHaveLength(1)
    expect(await database.db.countBy(auditEntries, { action: 'report.export-built', subjectId: asked.id })).toBe(1)
    const { body } = await download('regional01', asked.id)
    expect(body.content.split('\r\n')[2]).toBe('"部门","消费客户数","订单数","消费金额（元）"')
    expect(body.content.match(/"合计","\d+","\d+","\d+\.\d\d"/)).not.toBeNull()
    const trail = await database.db.find(auditEntries, { where: { subjectId: asked.id }, order: { id: 'ASC' } })
    expect(trail.map((entry) => [entry.action, entry.outcome])).toEqual([['report.export-asked', 'done'], ['report.export-built', 'done'], ['report.exported', 'done']])
  })

  it('S26 S52 a restriction on a store that begins after the file was built holds at the download, although nothing was published meanwhile', async () => {
    const store = company.app.storeOf('manager01')
    const [name] = await namesOf([store])
    const restriction = { subject: { everyone: false, roles: ['regional-manager'], staffIds: [], except: [] }, operations: ['marketing.reports.view'], scope: { kind: 'departments', departmentIds: [store] }, conditions: [], from: Date.now() + 3_600_000 }
    const denial = await company.app.restrict(restriction)
    const id = await readyFile()
    const { access, database } = company.app.services
    expect((await database.db.findBy(reportExportParts, { exportId: id })).map((part) => part.content).join('')).toContain(`"${name}"`)
    const epoch = await access.readEpoch()
    time.ahead = 3_600_000
    const content = await rebuilt(id)
    expect(await access.readEpoch()).toBe(epoch)
    expect(namesIn(content).length).toBeGreaterThan(0)
    expect(content).not.toContain(`"${name}"`)
    await company.app.lift(denial)
  })

  it('S52 a clock set back past the day of a file does not revive it', async () => {
    const id = await readyFile()
    time.ahead = 26 * 3_600_000
    const late = await company.app.as('regional01')
    expect((await late.send('POST', `/api/report-exports/${id}/download`, { body: '{}' })).body.error.code).toBe('report.export_gone')
    time.ahead = 0
    // the session of before is over as well: it lives by the same clock
    expect((await download('regional01', id)).body.error.code).toBe('session.required')
    const again = await late.send('POST', `/api/report-exports/${id}/download`, { body: '{}' })
    const listed: { id: string, status: string }[] = (await late.get('/api/report-exports')).body.items
    expect([again.body.error.code, listed.find((one) => one.id === id)?.status]).toEqual(['report.export_gone', 'expired'])
  })
})
