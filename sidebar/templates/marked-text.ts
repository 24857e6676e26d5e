import type { TemplateHit } from '#shared/contracts/templates'

/** A piece of a text with the finding that lies on it. */
export interface Piece {
  readonly text: string
  readonly hit: TemplateHit | null
}

/** Cuts a text at its findings; of findings that overlap the first keeps the place, as each character is shown once. */
export function piecesOf(text: string, hits: readonly TemplateHit[]): Piece[] {
  const pieces: Piece[] = []
  let place = 0
  for (const hit of [...hits].sort((one, other) => one.start - other.start)) {
    if (hit.start < place || hit.end <= hit.start || hit.end > text.length) continue
    if (hit.start > place) pieces.push({ text: text.slice(place, hit.start), hit: null })
    pieces.push({ text: text.slice(hit.start, hit.end), hit })
    place = hit.end
  }
  if (place < text.length) pieces.push({ text: text.slice(place), hit: null })
  return pieces
}

/** `word.pinyin` as a key of the texts. */
export const reasonKey = ({ reason }: Pick<TemplateHit, 'reason'>): string => `screening.${reason.replaceAll('.', '_')}`
