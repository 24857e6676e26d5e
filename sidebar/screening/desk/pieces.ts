/** The server takes 80,000 characters at once. */
const most = 60_000

/** A file in pieces of whole lines; a single line that is longer stays whole, so that the server says what is wrong with it. */
export function piecesOf(text: string, longest = most): string[] {
  const pieces: string[] = []
  let from = 0
  while (from < text.length) {
    const near = from + longest
    const end = near >= text.length ? text.length : text.lastIndexOf('\n', near - 1) + 1
    const after = text.indexOf('\n', near)
    const to = end > from ? end : after === -1 ? text.length : after + 1
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}
