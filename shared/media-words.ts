/** The media of templates that server and screens share. */

export const mediaKinds = ['image', 'video', 'file'] as const
export type MediaKind = (typeof mediaKinds)[number]

/** WeCom's limits in bytes (doc path/90253). */
export const mostMediaBytes: Readonly<Record<MediaKind, number>> = { image: 10 * 1024 * 1024, video: 10 * 1024 * 1024, file: 20 * 1024 * 1024 }
/** WeCom takes nothing smaller. */
export const leastMediaBytes = 6

/** A file is sent in parts of this size, the last one smaller, so that no request holds much of it. */
export const mediaPartBytes = 144_000

const prefix = 'stored:'

/** How an attachment names a file that was uploaded here, where it would name a media id of WeCom. */
export const storedMedia = (id: string): string => `${prefix}${id}`

/** The id of a file that was uploaded here; null for a media id of WeCom. */
export const storedMediaId = (mediaId: string): string | null => (mediaId.startsWith(prefix) ? mediaId.slice(prefix.length) : null)
