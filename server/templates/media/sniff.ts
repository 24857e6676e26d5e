import { extname } from 'node:path'
import type { MediaKind } from '#shared/media-words'

interface FileType {
  readonly contentType: string
  readonly kinds: readonly MediaKind[]
  /** What such a file may be called: its name says to the customer what it is. */
  readonly endings: readonly string[]
  matches(head: Uint8Array): boolean
}

const startsWith = (...bytes: readonly number[]) => (head: Uint8Array): boolean => bytes.every((byte, place) => head[place] === byte)
const hasAt = (place: number, text: string) => (head: Uint8Array): boolean => [...text].every((character, at) => head[place + at] === character.charCodeAt(0))

const png = startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const jpeg = startsWith(0xff, 0xd8, 0xff)

/** WeCom takes JPG and PNG as pictures and MP4 as video (doc path/90253); as files only what customers open without running anything. */
const types: readonly FileType[] = [
  { contentType: 'image/png', kinds: ['image', 'file'], endings: ['.png'], matches: png },
  { contentType: 'image/jpeg', kinds: ['image', 'file'], endings: ['.jpg', '.jpeg'], matches: jpeg },
  { contentType: 'video/mp4', kinds: ['video', 'file'], endings: ['.mp4'], matches: hasAt(4, 'ftyp') },
  { contentType: 'application/pdf', kinds: ['file'], endings: ['.pdf'], matches: hasAt(0, '%PDF-') },
  { contentType: 'application/zip', kinds: ['file'], endings: ['.docx', '.xlsx', '.pptx'], matches: startsWith(0x50, 0x4b, 0x03, 0x04) },
  { contentType: 'application/x-ole-storage', kinds: ['file'], endings: ['.doc', '.xls', '.ppt'], matches: startsWith(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1) },
]

const plainText = { contentType: 'text/plain; charset=utf-8', endings: ['.txt', '.csv'] }

/**
 * The content type of a file by its first bytes, if it is of this kind and is called so; null: it is not what it should be. Plain
 * text has no first bytes: `isText` says that all of it is.
 */
export function sniff(kind: MediaKind, name: string, head: Uint8Array, isText: boolean): string | null {
  const ending = extname(name).toLowerCase()
  const found = types.find((type) => type.matches(head))
  if (found !== undefined) return found.kinds.includes(kind) && found.endings.includes(ending) ? found.contentType : null
  return kind === 'file' && isText && plainText.endings.includes(ending) ? plainText.contentType : null
}
