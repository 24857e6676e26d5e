import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { TemplateMedia } from '#shared/contracts/template-media'
import { mostMediaBytes, type MediaKind } from '#shared/media-words'
import { asFailure, Superseded, type ApiFailure } from '../../api/failure.ts'
import { deskRoutes } from '../../api/desk/routes.ts'
import { useServices } from '../../services.ts'

export interface MediaUpload {
  /** From 0 to 100 while a file goes up; null otherwise. */
  readonly percent: Readonly<Ref<number | null>>
  readonly failure: Readonly<ShallowRef<ApiFailure | null>>
  /** The kind whose limit the chosen file passes; found before anything goes up. */
  readonly tooLarge: Readonly<Ref<MediaKind | null>>
  /** Null: it did not go through. */
  readonly send: (file: File) => Promise<TemplateMedia | null>
}

/** What WeCom sends it as. What the file really is, the server says. */
export const kindOf = (file: Pick<File, 'type'>): MediaKind => (/^image\/(png|jpeg)$/.test(file.type) ? 'image' : file.type === 'video/mp4' ? 'video' : 'file')

/** One file at a time, part by part; leaving the screen ends it. */
export function useMediaUpload(): MediaUpload {
  const { api } = useServices()
  const percent = ref<number | null>(null)
  const failure = shallowRef<ApiFailure | null>(null)
  const tooLarge = ref<MediaKind | null>(null)
  const ended = new AbortController()
  onScopeDispose(() => ended.abort())

  async function send(file: File): Promise<TemplateMedia | null> {
    if (percent.value !== null) return null
    const kind = kindOf(file)
    failure.value = null
    tooLarge.value = file.size > mostMediaBytes[kind] ? kind : null
    if (tooLarge.value !== null) return null
    percent.value = 0
    const { signal } = ended
    try {
      const { id, parts, partBytes } = await api.call(deskRoutes.beginMedia, { body: { kind, name: file.name, bytes: file.size } }, { signal })
      for (let place = 0; place < parts; place += 1) {
        const content = await base64Of(file.slice(place * partBytes, (place + 1) * partBytes))
        await api.call(deskRoutes.putMediaPart, { params: { id, place }, body: { content } }, { signal })
        percent.value = Math.floor(((place + 1) * 100) / parts)
      }
      return await api.call(deskRoutes.finishMedia, { params: { id } }, { signal })
    } catch (thrown) {
      if (!(thrown instanceof Superseded)) failure.value = asFailure(thrown)
      return null
    } finally {
      percent.value = null
    }
  }

  return { percent, failure, tooLarge, send }
}

async function base64Of(part: Blob): Promise<string> {
  const bytes = new Uint8Array(await part.arrayBuffer())
  let binary = ''
  // In pieces: as arguments of one call they would be too many.
  for (let from = 0; from < bytes.length; from += 8_192) binary += String.fromCharCode(...bytes.subarray(from, from + 8_192))
  return btoa(binary)
}
