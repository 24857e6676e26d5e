import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mostMediaBytes, storedMedia } from '#shared/media-words'
import { fakeServer, ok, refusal, type FakeServer } from '../../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../../testing/render.ts'
import AttachmentsEdit from './AttachmentsEdit.vue'
import { kindOf } from './useMediaUpload.ts'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => { server = fakeServer() })
afterEach(() => screen?.close())

const stored = { id: 'm1', kind: 'image', name: '海报.png', bytes: 9, contentType: 'image/png', uploadedAt: 1 }
const changed = vi.fn()
async function show(attachments: object[] = [], templateId: string | null = null): Promise<Screen> {
  changed.mockClear()
  screen = await renderScreen(AttachmentsEdit, { server, props: { 'modelValue': attachments, 'onUpdate:modelValue': changed, templateId } })
  return screen
}
async function choose(file: Partial<File> | File): Promise<void> {
  const input = screen?.root.querySelector('input[type=file]')
  if (!(input instanceof HTMLInputElement)) throw new Error('nothing to choose a file with')
  Object.defineProperty(input, 'files', { configurable: true, value: [file] })
  input.dispatchEvent(new Event('change'))
  await vi.waitFor(() => expect(screen?.text()).not.toContain('正在上传'))
  await settled()
}

describe('files of a template', () => {
  it('are sent as what WeCom takes', () => {
    expect(['image/png', 'image/jpeg', 'image/gif', 'video/mp4', 'application/pdf', ''].map((type) => kindOf({ type }))).toEqual(['image', 'image', 'file', 'video', 'file', 'file'])
  })

  it('go up part by part, and the attachment names what the server made of them', async () => {
    server.on('POST /api/template-media', () => ok({ id: 'm1', parts: 3, partBytes: 4 }))
    for (const place of [0, 1, 2]) server.on(`PUT /api/template-media/m1/parts/${place}`, () => ok({ place }))
    server.on('POST /api/template-media/m1/finish', () => ok(stored))
    await show()
    await choose(new File([Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9])], '海报.png', { type: 'image/png' }))
    await vi.waitFor(() => expect(changed).toHaveBeenCalled())
    expect(server.calls.map((call) => call.body)).toEqual([{ kind: 'image', name: '海报.png', bytes: 9 }, { content: 'AQIDBA==' }, { content: 'BQYHCA==' }, { content: 'CQ==' }, {}])
    expect(changed.mock.calls.at(-1)?.[0]).toEqual([{ type: 'image', picUrl: null, mediaId: storedMedia('m1') }])
  })

  it('that are too large do not leave the browser, and what the server refuses is said', async () => {
    const { text } = await show()
    await choose({ name: 'a.mp4', type: 'video/mp4', size: mostMediaBytes.video + 1 })
    expect([server.calls.length, text()]).toEqual([0, expect.stringContaining('文件超过企业微信的上限（10 MB）')])
    server.on('POST /api/template-media', () => refusal(422, 'media.name_blocked', '文件名含有不能发送的内容'))
    await choose(new File([new Uint8Array(9)], '赌博.png', { type: 'image/png' }))
    expect([text(), changed.mock.calls.length]).toEqual([expect.stringContaining('文件名含有不能发送的内容'), 0])
  })

  it('are shown by name and, if they are pictures, as they look', async () => {
    server.on('GET /api/templates/t1/media', () => ok({ items: [stored, { ...stored, id: 'm2', kind: 'file', name: '价目.pdf', contentType: 'application/pdf', bytes: 3 * 1024 * 1024 }] }))
    server.on('GET /api/templates/t1/media/m1/parts/0', () => ok({ content: btoa('abc'), more: true }))
    server.on('GET /api/templates/t1/media/m1/parts/1', () => ok({ content: btoa('d'), more: false }))
    const { root, text } = await show([{ type: 'image', picUrl: null, mediaId: storedMedia('m1') }, { type: 'file', mediaId: storedMedia('m2') }], 't1')
    await vi.waitFor(() => expect(root.querySelector('img')?.getAttribute('src')).toBe(`data:image/png;base64,${btoa('abcd')}`))
    expect([root.querySelector('img')?.getAttribute('alt'), text()]).toEqual(['海报.png', expect.stringMatching(/价目\.pdf 3\.0 MB/)])
  })
})
