import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mediaPartBytes, storedMedia } from '#shared/media-words'
import { mediaPieces, templateMedia } from '../../server/templates/media/media.entity.ts'
import { purgeMedia } from '../../server/templates/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { outreachStage, type OutreachStage } from './support/outreach-stage.ts'

const png = (bytes: number) => Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.alloc(bytes - 8, 7)])
const uploads = '/cgi-bin/media/upload'

/** Files of templates: from the console into the database, and from there to WeCom whenever an id is needed that still lives. */
describe.each(await testDatabaseKinds())('media of templates, on %s', (kind) => {
  let stage: OutreachStage
  let marketing: Person
  beforeAll(async () => { stage = await outreachStage(kind) })
  // Time travels: a session of the days before is over.
  beforeEach(async () => { marketing = await stage.app.as('marketing01') })
  afterAll(() => stage.app.stop())

  const put = (person: Person, path: string, body: object) => person.send('PUT', path, { body: JSON.stringify(body) })
  const begin = (bytes: number, more: object = {}, person = marketing) => person.post('/api/template-media', { kind: 'image', name: '海报.png', bytes, ...more })
  const part = (id: string, place: number, bytes: Buffer, person = marketing) => put(person, `/api/template-media/${id}/parts/${place}`, { content: bytes.toString('base64') })
  const finish = (id: string, person = marketing) => person.post(`/api/template-media/${id}/finish`, {})
  const upload = async (bytes: Buffer, more: object = {}): Promise<Reply> => {
    const { id, parts } = (await begin(bytes.length, more)).body
    for (let place = 0; place < parts; place += 1) expect((await part(id, place, bytes.subarray(place * mediaPartBytes, (place + 1) * mediaPartBytes))).status).toBe(200)
    return finish(id)
  }
  const codeOf = ({ status, body }: Reply) => [status, body.error?.code]
  const content = (attachments: object[], more: object = {}) => ({
    name: '海报', category: 'promotion', text: '新品到店', attachments, uses: ['quick-reply', 'broadcast'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null, ...more,
  })
  const image = (id: string) => ({ type: 'image', picUrl: null, mediaId: storedMedia(id) })
  const calls = () => stage.app.simulator.controls.calls(uploads).length
  const db = () => stage.app.services.database.db

  it('come in by parts, are looked at, and are read by whoever may read the template', async () => {
    const bytes = png(2 * mediaPartBytes + 5)
    const done = await upload(bytes)
    expect([done.status, done.body]).toMatchObject([200, { kind: 'image', name: '海报.png', bytes: bytes.length, contentType: 'image/png' }])
    expect((await finish(done.body.id)).body).toEqual(done.body)
    const saved = await marketing.post('/api/templates', { content: content([image(done.body.id)]), departmentId: null })
    expect(saved.status).toBe(200)
    const at = `/api/templates/${saved.body.id}/media`
    expect((await marketing.get(at)).body.items).toEqual([done.body])
    const parts = await Promise.all([0, 1, 2].map((place) => marketing.get(`${at}/${done.body.id}/parts/${place}`)))
    expect(Buffer.concat(parts.map((one) => Buffer.from(one.body.content, 'base64'))).equals(bytes)).toBe(true)
    expect(parts.map((one) => one.body.more)).toEqual([true, true, false])
    expect(codeOf(await (await stage.app.as('clerk01')).get(`${at}/${done.body.id}/parts/0`))).toEqual([404, 'template.not_found'])
    expect(codeOf(await marketing.get(`${at}/019a0000-0000-7000-8000-000000000000/parts/0`))).toEqual([404, 'media.not_found'])
  })

  it('an attachment too large, empty, of another type or with a forbidden name is refused with a clear code', async () => {
    expect(codeOf(await begin(10 * 1024 * 1024 + 1))).toEqual([413, 'media.too_large'])
    expect(codeOf(await begin(20 * 1024 * 1024 + 1, { kind: 'file', name: 'a.pdf' }))).toEqual([413, 'media.too_large'])
    expect((await begin(20 * 1024 * 1024, { kind: 'file', name: 'a.pdf' })).status).toBe(200)
    expect(codeOf(await begin(5))).toEqual([400, 'media.too_small'])
    expect(codeOf(await begin(100, { name: '线上赌博.png' }))).toEqual([422, 'media.name_blocked'])
    expect(codeOf(await begin(100, {}, await stage.app.as('clerk01')))).toEqual([403, 'access.denied'])
    for (const [bytes, more] of [[Buffer.from('MZ this is a program'), {}], [png(50), { kind: 'video', name: 'a.mp4' }], [Buffer.from('<html><script>1</script>'), { kind: 'file', name: 'a.html' }]] as const) {
      expect(codeOf(await upload(bytes, more))).toEqual([415, 'media.wrong_type'])
    }
    expect(codeOf(await finish((await begin(100)).body.id))).toEqual([409, 'media.incomplete'])
  })

  it('more than was announced does not come in, nor anything after the end, nor from somebody else', async () => {
    const { id } = (await begin(mediaPartBytes + 10)).body
    expect(codeOf(await part(id, 0, png(mediaPartBytes - 1)))).toEqual([400, 'media.part_size'])
    expect(codeOf(await part(id, 1, png(11)))).toEqual([400, 'media.part_size'])
    expect(codeOf(await part(id, 2, png(10)))).toEqual([404, 'media.not_found'])
    const other = await stage.app.as('manager01')
    expect([codeOf(await part(id, 1, png(10), other)), codeOf(await finish(id, other))]).toEqual([[404, 'media.not_found'], [404, 'media.not_found']])
    expect((await part(id, 0, png(mediaPartBytes))).status).toBe(200)
    const twice = await Promise.all([part(id, 1, Buffer.alloc(10, 1)), part(id, 1, Buffer.alloc(10, 1))])
    expect(twice.map((one) => one.status)).toEqual([200, 200])
    expect((await finish(id)).status).toBe(200)
    expect(codeOf(await part(id, 1, Buffer.alloc(10, 2)))).toEqual([404, 'media.not_found'])
  })

  it('a template names only files that are there, of its kind, and of its own writers', async () => {
    const { id } = (await upload(png(100))).body
    const unfinished = (await begin(100)).body.id
    const save = (person: Person, attachments: object[]) => person.post('/api/templates', { content: content(attachments, { uses: ['broadcast'] }), departmentId: null })
    for (const one of [image(unfinished), image('019a0000-0000-7000-8000-000000000000'), { type: 'video', mediaId: storedMedia(id) }]) expect(codeOf(await save(marketing, [one]))).toEqual([409, 'template.media_missing'])
    const lead = await stage.app.as('marketinglead01')
    expect(codeOf(await save(lead, [image(id)]))).toEqual([409, 'template.media_missing'])
    const saved = await save(marketing, [image(id)])
    const kept = await put(lead, `/api/templates/${saved.body.id}`, { version: saved.body.version, content: content([image(id)], { uses: ['broadcast'], text: '改了文字' }) })
    expect(kept.status).toBe(200)
  })

  it('a broadcast leaves with an id that lives: one upload serves a day, three days later it is uploaded again', async () => {
    const { id } = (await upload(png(200))).body
    const attachments = [{ type: 'image' as const, mediaId: storedMedia(id) }]
    stage.travel(stage.at(1, 10))
    const before = calls()
    const [one, two] = [await stage.plan('clerk01', stage.customersOf('clerk01', 1), { attachments }), await stage.plan('clerk02', stage.customersOf('clerk02', 1), { attachments, text: '另一条' })]
    await stage.workAsTwo()
    expect([(await stage.tasks(one))[0]?.state, (await stage.tasks(two))[0]?.state]).toEqual(['created', 'created'])
    expect(calls() - before).toBeLessThanOrEqual(2)
    const first = (await db().findOneByOrFail(templateMedia, { id })).wecomMediaId
    expect(first).not.toBeNull()
    for (const source of [one, two]) await stage.cancel(source)
    await stage.work()
    stage.travel(stage.at(5, 10))
    const later = await stage.plan('clerk01', stage.customersOf('clerk01', 1), { attachments, text: '三天以后' })
    await stage.work()
    expect([(await stage.tasks(later))[0]?.state, (await db().findOneByOrFail(templateMedia, { id })).wecomMediaId === first]).toEqual(['created', false])
    // The task keeps the name of the file, so that a repeat asks anew.
    expect((await stage.tasks(later))[0]?.attachments).toEqual(attachments)
    await stage.cancel(later)
    await stage.work()
  })

  it('nothing is intended while the file cannot be brought to WeCom, and nothing leaves without it', async () => {
    const { id } = (await upload(png(300))).body
    stage.travel(stage.at(8, 10))
    stage.app.simulator.controls.addApiFault({ path: uploads, kind: 'http', status: 502 })
    const source = await stage.plan('clerk01', stage.customersOf('clerk01', 1), { attachments: [{ type: 'image', mediaId: storedMedia(id) }], text: '等一等' })
    await stage.work()
    expect(await stage.tasks(source)).toMatchObject([{ state: 'planned', intents: 0 }])
    stage.app.simulator.controls.clearApiFaults()
    await stage.workUntil(stage.at(8, 11), 10 * 60_000)
    expect(await stage.tasks(source)).toMatchObject([{ state: 'created', intents: 1 }])
    const gone = await stage.plan('clerk02', stage.customersOf('clerk02', 1), { attachments: [{ type: 'file', mediaId: storedMedia('019a0000-0000-7000-8000-000000000000') }], text: '没有文件' })
    await stage.work()
    expect([await stage.tasks(gone), await stage.outcomes(gone)]).toMatchObject([[{ state: 'failed', reason: 'media-missing', intents: 0 }], ['unsent']])
    await stage.cancel(source)
    await stage.work()
  })

  it('a quick reply takes an id of WeCom into the chat', async () => {
    const { id } = (await upload(png(400))).body
    const writer = await stage.app.as('marketing01')
    const saved = (await writer.post('/api/templates', { content: content([image(id)]), departmentId: null })).body
    const asked = (await writer.post(`/api/templates/${saved.id}/submit`, { version: saved.version })).body
    await (await stage.app.as('marketinglead01')).post(`/api/approvals/${asked.approvalId}/decision`, { verdict: 'approve' })
    const clerk = await stage.app.as('clerk01')
    const [customer = ''] = stage.customersOf('clerk01', 1)
    const listed = (await clerk.get(`/api/customers/${customer}/quick-replies`)).body.items.find((one: { templateId: string }) => one.templateId === saved.id)
    const sent = await clerk.post(`/api/customers/${customer}/quick-replies`, { templateId: saved.id, versionId: listed.versionId })
    expect([sent.status, sent.body.attachments[0]?.mediaId]).toEqual([200, (await db().findOneByOrFail(templateMedia, { id })).wecomMediaId])
  })

  it('uploads that nobody finished are forgotten after a day, finished ones stay', async () => {
    const finished = (await upload(png(100))).body.id
    const writer = await stage.app.as('marketing01')
    const { id } = (await begin(100, {}, writer)).body
    await part(id, 0, png(100), writer)
    await purgeMedia(stage.app.services.database, stage.now() + 86_400_000 - 60_000)
    expect(await db().existsBy(templateMedia, { id })).toBe(true)
    await purgeMedia(stage.app.services.database, stage.now() + 86_400_000 + 60_000)
    expect([await db().existsBy(templateMedia, { id }), await db().existsBy(mediaPieces, { mediaId: id }), await db().existsBy(templateMedia, { id: finished })]).toEqual([false, false, true])
  })
})
