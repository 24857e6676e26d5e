import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Answer, startBench } from './testing.ts'
import type { Answered, Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ limits: { byPath: { '/cgi-bin/media/uploadimg': { perDay: 2 } } } }) })
afterEach(() => bench.stop())

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.alloc(40, 7)])

async function upload(path: string, bytes: Buffer, filename = '图.png'): Promise<Answered> {
  const form = new FormData()
  form.append('media', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), filename)
  const separator = path.includes('?') ? '&' : '?'
  const answer = await fetch(`${bench.simulator.apiBase}/cgi-bin/${path}${separator}access_token=${await bench.token()}`, { method: 'POST', body: form })
  return Answer.parse(await answer.json())
}

const read = async (mediaId: string, headers: Record<string, string> = {}) =>
  fetch(`${bench.simulator.apiBase}/cgi-bin/media/get?media_id=${mediaId}&access_token=${await bench.token()}`, { headers })

describe('media', () => {
  it('comes back byte for byte for three days, in ranges too', async () => {
    const made = await upload('media/upload?type=image', png)
    expect(shapeDifferences(jsonFixture('response/media_upload.json'), made)).toEqual([])
    expect(made.created_at).toBe(String(bench.start / 1000))
    const whole = await read(String(made.media_id))
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(png)
    expect(whole.headers.get('content-disposition')).toContain('attachment')
    const part = await read(String(made.media_id), { range: 'bytes=0-15' })
    expect([part.status, part.headers.get('content-range'), (await part.arrayBuffer()).byteLength]).toEqual([206, `bytes 0-15/${png.length}`, 16])
    bench.simulator.controls.advance(3 * 86_400_000 + 1)
    const gone = await read(String(made.media_id))
    expect([gone.status, gone.headers.get('content-type')]).toEqual([200, 'application/json; charset=UTF-8'])
    expect(await gone.json()).toMatchObject({ errcode: 40007 })
  })

  it('checks kind and size', async () => {
    expect((await upload('media/upload?type=sticker', png)).errcode).toBe(40004)
    expect((await upload('media/upload?type=image', Buffer.from('plain text'))).errcode).toBe(40004)
    expect((await upload('media/upload?type=image', Buffer.from('tiny'))).errcode).toBe(40006)
    expect((await upload('media/upload?type=voice', Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(2 * 1024 * 1024)]))).errcode).toBe(45001)
    expect((await bench.post('media/upload?type=image', {})).errcode).toBe(40063)
  })

  it('uploadimg gives an address that a welcome message may use; its id is no media id; 1,000 a day', async () => {
    const made = await upload('media/uploadimg', png)
    expect(shapeDifferences(jsonFixture('response/media_uploadimg.json'), made)).toEqual([])
    const picture = await fetch(String(made.url))
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png)
    await bench.post('externalcontact/add_contact_way', { type: 1, scene: 2, state: 's', user: ['clerk01'] })
    const scan = bench.simulator.controls.customerScans({ state: 's', newCustomer: { name: '甲' } })
    const welcome = (image: Record<string, unknown>) => bench.post('externalcontact/send_welcome_msg', { welcome_code: scan.welcomeCode, attachments: [{ msgtype: 'image', image }] })
    expect((await welcome({ pic_url: 'https://img.example.com/1.jpg' })).errcode).toBe(40007)
    expect((await welcome({ media_id: String(made.url).split('/').at(-1) })).errcode).toBe(40007)
    expect((await welcome({ pic_url: made.url })).errcode).toBe(0)
    expect((await upload('media/uploadimg', png)).errcode).toBe(0)
    expect((await upload('media/uploadimg', png)).errcode).toBe(45009)
  })
})
