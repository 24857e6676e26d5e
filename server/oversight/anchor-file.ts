import { open, readFile } from 'node:fs/promises'
import { anchorLine, type Anchor } from '../audit/index.ts'

/** The whole file; null when it does not exist yet. */
export async function readAnchorFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Appends the anchors that the file lacks, in one write, and waits until they are on disk. It looks first, so a repeat after
 * a crash writes nothing twice; half a line that a loss of power left is ended before.
 */
export async function appendAnchors(path: string, anchors: readonly Anchor[]): Promise<number> {
  const before = await readAnchorFile(path) ?? ''
  const known = new Set(before.split('\n'))
  const missing = anchors.map(anchorLine).filter((line) => !known.has(line))
  if (missing.length === 0) return 0
  const file = await open(path, 'a')
  try {
    await file.write(`${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return missing.length
}
