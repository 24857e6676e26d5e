import { reactive, watch } from 'vue'
import type { TemplateAttachment } from '#shared/contracts/templates'
import type { TemplateMedia } from '#shared/contracts/template-media'
import { storedMediaId } from '#shared/media-words'
import { deskRoutes } from '../../api/desk/routes.ts'
import { useServices } from '../../services.ts'

interface ShownMedia extends TemplateMedia {
  /** A data address; only of pictures, and only once it is read. */
  preview: string | null
}

export interface TemplateMediaShown {
  /** What is known of the file that this attachment names. */
  readonly of: (attachment: TemplateAttachment) => ShownMedia | null
  /** A file that has just gone up. */
  readonly add: (media: TemplateMedia, file: Blob) => Promise<void>
}

const mediaIdOf = (one: TemplateAttachment): string | null => (one.type === 'link' ? null : one.type === 'miniprogram' ? one.picMediaId : one.mediaId)

/** The files behind attachments: their names and, for pictures, how they look. What cannot be read stays without a preview. */
export function useTemplateMedia(templateId: () => string | null, attachments: () => readonly TemplateAttachment[]): TemplateMediaShown {
  const { api } = useServices()
  const known = reactive(new Map<string, ShownMedia>())
  const storedIn = (): string[] => attachments().flatMap((one) => storedMediaId(mediaIdOf(one) ?? '') ?? [])

  async function load(id: string): Promise<void> {
    const { items } = await api.call(deskRoutes.listTemplateMedia, { params: { id } })
    for (const one of items) if (!known.has(one.id)) known.set(one.id, { ...one, preview: null })
    for (const one of items) {
      const shown = known.get(one.id)
      if (shown?.kind === 'image' && shown.preview === null) shown.preview = await pictureOf(id, one)
    }
  }

  async function pictureOf(templateIdOf: string, { id, contentType }: TemplateMedia): Promise<string> {
    let binary = ''
    for (let place = 0, more = true; more; place += 1) {
      const part = await api.call(deskRoutes.readMediaPart, { params: { id: templateIdOf, mediaId: id, place } })
      binary += atob(part.content)
      more = part.more
    }
    return `data:${contentType};base64,${btoa(binary)}`
  }

  watch(() => [templateId(), storedIn().join()] as const, ([id, stored]) => {
    if (id === null || stored.split(',').every((one) => one === '' || known.has(one))) return
    // Without names and previews the form works as well.
    load(id).catch(() => undefined)
  }, { immediate: true })

  return {
    of: (attachment) => known.get(storedMediaId(mediaIdOf(attachment) ?? '') ?? '') ?? null,
    add: async (media, file) => {
      known.set(media.id, { ...media, preview: media.kind === 'image' ? await dataAddressOf(file) : null })
    },
  }
}

function dataAddressOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(new Error('the picture cannot be read'))
    reader.readAsDataURL(file)
  })
}
