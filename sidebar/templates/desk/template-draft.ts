import type { TemplateContent } from '#shared/contracts/templates'
import { mostTextBytes } from '#shared/template-words'

export const emptyContent = (): TemplateContent => ({
  name: '', category: 'care', text: '', attachments: [], uses: ['quick-reply'], roles: [], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
})

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const isAddress = (text: string): boolean => /^https?:\/\/\S+\.\S+/.test(text)

/** The attachments that are filled in far enough to be scanned and saved. */
export const wholeAttachments = ({ attachments }: TemplateContent): TemplateContent['attachments'] =>
  attachments.filter((one) => (one.type === 'link' ? one.title.trim() !== '' && isAddress(one.url) : one.type !== 'image' || one.mediaId !== null || isAddress(one.picUrl ?? '')))

/** Why this cannot be saved yet, as a key of the texts; null when it can. The server decides by the same rules and more. */
export function lackOf(content: TemplateContent): string | null {
  if (content.name.trim() === '') return 'template.lackName'
  if (content.text.trim() === '' && content.attachments.length === 0) return 'template.lackText'
  if (bytesOf(content.text) > mostTextBytes) return 'template.lackShort'
  if (content.uses.length === 0) return 'template.lackUse'
  if (content.roles.length === 0) return 'template.lackRole'
  if (wholeAttachments(content).length < content.attachments.length) return 'template.lackAttachment'
  return null
}

export const sameContent = (one: TemplateContent, other: TemplateContent): boolean => JSON.stringify(one) === JSON.stringify(other)
