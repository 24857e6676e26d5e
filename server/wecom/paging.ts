import { WecomAnswerUnexpected } from './errors.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

const mostPages = 20_000

/**
 * Walks a cursor to its end. The cursor decides, not the number of rows: WeCom may send an empty page in between.
 * A cursor that comes back unchanged would loop for ever and is refused.
 */
export async function* pagesOf<T>(endpoint: string, load: (cursor: string) => Promise<Page<T>>): AsyncGenerator<readonly T[], void> {
  let cursor = ''
  for (let count = 0; count < mostPages; count += 1) {
    const page = await load(cursor)
    yield page.items
    if (page.nextCursor === null) return
    if (page.nextCursor === cursor) break
    cursor = page.nextCursor
  }
  throw new WecomAnswerUnexpected(endpoint, ['next_cursor'])
}

/** All items of all pages, for lists that fit into memory. */
export async function everyItem<T>(endpoint: string, load: (cursor: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  for await (const items of pagesOf(endpoint, load)) all.push(...items)
  return all
}
