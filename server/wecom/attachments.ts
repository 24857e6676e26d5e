/** What goes along with the text of a welcome message or broadcast (WeCom doc path/92137): at most 9. */
export type MessageAttachment =
  | { readonly type: 'image', readonly mediaId: string }
  | { readonly type: 'image', readonly pictureUrl: string }
  | { readonly type: 'link', readonly title: string, readonly url: string, readonly description?: string | undefined, readonly pictureUrl?: string | undefined }
  | { readonly type: 'miniprogram', readonly title: string, readonly appId: string, readonly page: string, readonly coverMediaId: string }
  | { readonly type: 'video' | 'file', readonly mediaId: string }

/** As WeCom wants it: the key of the content equals `msgtype`. */
export function attachmentBody(attachment: MessageAttachment): Readonly<Record<string, unknown>> {
  switch (attachment.type) {
    case 'image': return {
      msgtype: 'image', image: 'mediaId' in attachment ? { media_id: attachment.mediaId } : { pic_url: attachment.pictureUrl },
    }
    case 'link': return {
      msgtype: 'link',
      link: { title: attachment.title, url: attachment.url, desc: attachment.description, picurl: attachment.pictureUrl },
    }
    case 'miniprogram': return {
      msgtype: 'miniprogram',
      miniprogram: { title: attachment.title, appid: attachment.appId, page: attachment.page, pic_media_id: attachment.coverMediaId },
    }
    case 'video': return { msgtype: 'video', video: { media_id: attachment.mediaId } }
    case 'file': return { msgtype: 'file', file: { media_id: attachment.mediaId } }
  }
}
