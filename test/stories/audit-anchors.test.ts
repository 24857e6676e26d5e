import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuditSealer } from '../../server/audit/index.ts'
import { auditAnchors, auditChain, auditEntries, auditVerifications } from '../../server/audit/audit.entity.ts'
import { chainStart, hashLink } from '../../server/audit/chain.ts'
import { dayOf, daysLater } from '../../server/company-day.ts'
import { anchorAudit, checkAudit, type OversightWorkers } from '../../server/oversight/index.ts'
import { anchorEffects } from '../../server/oversight/anchor-audit.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const root = join(import.meta.dirname, '..', '..')

describe.each(await testDatabaseKinds())('the audit chain is held fast outside, on %s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-anchors-'))
  const file = join(folder, 'anchors.txt')
  let app: StoryApp
  let now = Date.now()
  const [today = '', tomorrow = '', dayAfter = ''] = [0, 1, 2].map((later) => daysLater(dayOf(now, 'Asia/Shanghai'), later))
  const logged: { readonly fields: Readonly<Record<string, unknown>>, readonly message: string }[] = []

  beforeAll(async () => {
    app = await storyApp({ database: kind, env: { AUDIT_ANCHOR_FILE: file, AUDIT_ANCHOR_USERIDS: 'Director01, admin01' } })
    await seal()
  })
  afterAll(async () => {
    await app.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const workers = (): OversightWorkers => {
    const { database, access, wecom, config } = app.services
    const note = (fields: Readonly<Record<string, unknown>>, message: string) => void logged.push({ fields, message })
    return { database, access, wecom, clock: () => now, log: { info: note, warn: note, error: note }, zone: config.zone, publicUrl: config.publicUrl, anchorTo: config.auditAnchor }
  }
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : [])
  const told = (userid: string, word: string) => app.simulator.controls.outbox(userid).map((message) => String(message.body['content'])).filter((text) => text.includes(word))

  async function seal(): Promise<void> {
    const { database, clock, log } = app.services
    await createAuditSealer({ database, clock, log }).sealAll()
  }

  async function record(action: string): Promise<void> {
    await app.services.audit.recordAlone({ actorKind: 'system', action, outcome: 'done' })
    await seal()
  }

  /** `npm run audit -- …` as an operator runs it, beside the server. */
  function auditCommand(...words: string[]): Promise<{ code: number, text: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, ['--import', 'tsx', 'server/cli/audit.ts', ...words], { cwd: root, env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: app.config.databaseUrl } }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr })
      })
    })
  }

  it('once a day the newest link goes to the file and to the people named, with the company\'s day', async () => {
    await anchorAudit(workers())
    await app.settle()
    const head = await app.services.database.db.findOneByOrFail(auditAnchors, { day: today })
    expect(lines()).toEqual([`${today} ${head.seq} ${head.hash}`])
    for (const userid of ['director01', 'admin01']) expect(told(userid, head.hash)).toHaveLength(1)
    expect(told('saleshead01', head.hash)).toEqual([])
    expect((await (await app.person('admin01')).get('/api/audit/chain')).body.anchor).toEqual({ day: today, place: head.seq, hash: head.hash })
  })

  it('nothing is doubled, wherever a process dies: schedule again, file written again, message sent again', async () => {
    const before = [lines(), told('director01', '审计链锚点')]
    await Promise.all([anchorAudit(workers()), anchorAudit(workers()), anchorAudit(workers())])
    await app.settle()
    const effects = new Map(anchorEffects(workers()))
    const context = { attempt: 2, mustReadBack: true, signal: new AbortController().signal, requestId: 'again' }
    await effects.get('audit.anchor-file')?.run({}, context)
    await effects.get('audit.anchor-message')?.run({ day: today }, context)
    expect([lines(), told('director01', '审计链锚点')]).toEqual(before)
  })

  it('a day on which the file could not be written is made good by the next, and half a line does no harm', async () => {
    await record('test.grown')
    now += 86_400_000
    rmSync(file)
    const readOnly = { ...workers(), anchorTo: { file: join(folder, 'missing', 'anchors.txt'), userids: [] } }
    await anchorAudit({ ...readOnly })
    await expect(new Map(anchorEffects(readOnly)).get('audit.anchor-file')?.run({}, { attempt: 1, mustReadBack: false, signal: new AbortController().signal, requestId: 'x' })).rejects.toThrow('ENOENT')
    writeFileSync(file, `${today} 1`)
    await record('test.grown')
    now += 86_400_000
    await anchorAudit(workers())
    await new Map(anchorEffects(workers())).get('audit.anchor-file')?.run({}, { attempt: 1, mustReadBack: false, signal: new AbortController().signal, requestId: 'y' })
    expect(logged.splice(0)).toEqual([{ fields: { lines: 3 }, message: 'the file of audit anchors lacked lines of former days' }])
    await app.settle()
    expect(lines().map((line) => line.split(' ')[0])).toEqual([today, today, tomorrow, dayAfter])
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${today} 1\n${today} \\d+ [0-9a-f]{64}\n`))
  })

  it('the command compares chain and file, and says so when there is nothing to compare with', async () => {
    writeFileSync(file, `${lines().slice(1).join('\n')}\n`)
    const verified = await auditCommand('verify', '--anchors', file)
    expect(verified.text).toMatch(new RegExp(`^the audit chain holds: \\d+ links checked\n.*\n.*\nall 3 anchors match, the last of ${dayAfter}: link \\d+\n$`))
    expect(verified.code).toBe(0)
    expect((await auditCommand('verify')).code).toBe(0)
    for (const wrong of [[join(folder, 'nowhere.txt')], []]) expect((await auditCommand('verify', '--anchors', ...wrong)).code).toBe(1)
    const empty = join(folder, 'empty.txt')
    writeFileSync(empty, '')
    expect(await auditCommand('verify', '--anchors', empty)).toMatchObject({ code: 1, text: expect.stringContaining('there is no anchor in this file') })
  })

  it('the nightly check stores that the chain holds', async () => {
    await checkAudit(workers())
    await app.settle()
    const { verification, unsealed } = (await (await app.person('admin01')).get('/api/audit/chain')).body
    expect([verification.broken, verification.checked > 0, unsealed >= 0]).toEqual([null, true, true])
    expect(told('director01', '审计告警')).toEqual([])
    expect((await (await fetch(`${app.url}/metrics`)).text())).toMatch(/^scrm_audit_chain_broken 0$/m)
  })

  it('a chain that was written anew holds in itself; the file outside shows it, to the command and to the nightly check', async () => {
    const { db } = app.services.database
    const links = await db.find(auditChain, { order: { seq: 'ASC' } })
    const [, second] = await db.find(auditAnchors, { order: { day: 'ASC' } })
    const forgedFrom = second?.seq ?? 0
    let previousHash = chainStart
    for (const link of links) {
      if (link.seq === forgedFrom) await db.update(auditEntries, { id: link.entryId }, { actorKind: 'operator' })
      const hash = hashLink(link.seq, previousHash, await db.findOneByOrFail(auditEntries, { id: link.entryId }))
      await db.update(auditChain, { seq: link.seq }, { previousHash, hash })
      previousHash = hash
    }
    // Whoever can do that can also correct the anchors inside.
    for (const anchor of await db.find(auditAnchors)) await db.update(auditAnchors, { day: anchor.day }, { hash: (await db.findOneByOrFail(auditChain, { seq: anchor.seq })).hash })
    expect((await auditCommand('verify')).code).toBe(0)
    expect(await auditCommand('verify', '--anchors', file)).toMatchObject({ code: 1, text: expect.stringContaining(`ANCHOR of ${tomorrow} does not match: link ${forgedFrom}, the chain holds another hash there`) })
    await checkAudit(workers())
    expect(logged.at(-1)).toEqual({ fields: { seq: forgedFrom, entryId: null, why: 'anchor_mismatch', day: tomorrow }, message: 'the audit chain is broken' })
  })

  it('a break is told to people once for each check, stands in the metrics and in the console', async () => {
    await app.settle()
    expect(told('director01', '审计告警')).toHaveLength(1)
    expect(told('admin01', '审计告警')).toHaveLength(1)
    const [stored] = await app.services.database.db.find(auditVerifications, { order: { finishedAt: 'DESC', id: 'DESC' }, take: 1 })
    expect((await (await app.person('admin01')).get('/api/audit/chain')).body.verification.broken).toEqual({ place: stored?.brokenSeq, entryId: null, why: 'anchor_mismatch' })
    expect((await (await fetch(`${app.url}/metrics`)).text())).toMatch(/^scrm_audit_chain_broken 1$/m)
  })

  it('without people named the warning goes to those who may view the audit; a file that cannot be read is reported and is no break', async () => {
    now += 1_000
    await app.services.database.db.delete(auditEntries, { id: (await app.services.database.db.findOneByOrFail(auditChain, { seq: 2 })).entryId })
    const nobody = { ...workers(), anchorTo: { file: folder, userids: [] } }
    const found = await checkAudit(nobody)
    expect(found).toMatchObject({ brokenSeq: 2, brokenWhy: 'missing_entry' })
    expect(logged.map((line) => line.message)).toContain('the file of audit anchors cannot be read')
    const { brokenEffects } = await import('../../server/oversight/check-audit.ts')
    const before = told('director01', '审计告警').length
    await new Map(brokenEffects(nobody)).get('audit.broken')?.run({ verificationId: found.id }, { attempt: 1, mustReadBack: false, signal: new AbortController().signal, requestId: 'x' })
    expect(told('admin01', found.id)).toHaveLength(1)
    expect(told('director01', '审计告警')).toHaveLength(before)
  })

  it('a check that is stopped ends at once and stores nothing', async () => {
    const before = await app.services.database.db.count(auditVerifications)
    await expect(checkAudit(workers(), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
    expect(await app.services.database.db.count(auditVerifications)).toBe(before)
  })

  it('a line that nobody can read fails the command', async () => {
    appendFileSync(file, 'x\n')
    expect((await auditCommand('verify', '--anchors', file)).text).toContain('line 4 of the anchors cannot be read')
  })
})
