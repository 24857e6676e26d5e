import type { TemplateAttachment } from '#shared/contracts/templates'
import type { BroadcastPorts } from './broadcasts/index.ts'
import { staffLevelsOf } from './organization/index.ts'
import type { Outreach, OutreachAttachment } from './outreach/index.ts'
import { fillTemplate, recordTemplateUses, senderValuesOf, usableTemplate } from './templates/index.ts'

/** Templates and outreach as broadcasts reach them. */
export function portsOver(outreach: Outreach): BroadcastPorts {
  return {
    templates: { usable: usableTemplate, fill: fillTemplate, valuesOf: senderValuesOf, levelsOf: staffLevelsOf, recordUses: recordTemplateUses },
    outreach: {
      register: (source) => outreach.register(source),
      plan: (work, input) => outreach.plan(work, { ...input, parts: input.parts.map((part) => ({ ...part, attachments: part.attachments.map(sendable) })) }),
      cancel: (work, source, sourceId, reason, most) => outreach.cancel(work, source, sourceId, reason, most),
    },
  }
}

/** A picture by address goes before one by id: ids live three days, and a broadcast may be planned further ahead. */
function sendable(attachment: TemplateAttachment): OutreachAttachment {
  switch (attachment.type) {
    case 'image': return attachment.picUrl === null ? { type: 'image', mediaId: attachment.mediaId ?? '' } : { type: 'image', pictureUrl: attachment.picUrl }
    case 'link': return { type: 'link', title: attachment.title, url: attachment.url, description: attachment.desc === '' ? undefined : attachment.desc, pictureUrl: attachment.picUrl ?? undefined }
    case 'miniprogram': return { type: 'miniprogram', title: attachment.title, appId: attachment.appid, page: attachment.page, coverMediaId: attachment.picMediaId }
    case 'file': return { type: 'file', mediaId: attachment.mediaId }
    case 'video': return { type: 'video', mediaId: attachment.mediaId }
  }
}
