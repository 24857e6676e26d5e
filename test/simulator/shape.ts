import { readFileSync } from 'node:fs'

const root = new URL('../fixtures/wecom/', import.meta.url)

/** A golden file of `test/fixtures/wecom`. */
export function fixture(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

export function jsonFixture(path: string): unknown {
  return JSON.parse(fixture(path))
}

/**
 * Where an answer differs from a golden one in names or JSON types: `missing a.b`, `extra a.c`, `type a.d`.
 * Lists are compared by their first elements; `optional` paths may be absent.
 */
export function shapeDifferences(golden: unknown, answer: unknown, optional: readonly string[] = [], path = ''): string[] {
  if (Array.isArray(golden) && Array.isArray(answer)) {
    return golden.length === 0 || answer.length === 0 ? [] : shapeDifferences(golden[0], answer[0], optional, `${path}[]`)
  }
  if (kind(golden) !== kind(answer)) return [`type ${path}`]
  if (!isRecord(golden) || !isRecord(answer)) return []
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const missing = Object.keys(golden).filter((name) => !(name in answer) && !optional.includes(at(name))).map((name) => `missing ${at(name)}`)
  const extra = Object.keys(answer).filter((name) => !(name in golden)).map((name) => `extra ${at(name)}`)
  const inner = Object.keys(golden).filter((name) => name in answer).flatMap((name) => shapeDifferences(golden[name], answer[name], optional, at(name)))
  return [...missing, ...extra, ...inner]
}

function kind(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return kind(value) === 'object'
}

/** The XML of a golden callback as WeCom sends it: without the blanks that make the file readable. */
export function xmlFixture(name: string): string {
  return fixture(`callback/${name}.xml`).trim().replace(/>\s+</g, '><')
}
