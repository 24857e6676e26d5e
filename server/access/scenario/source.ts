import type { z } from 'zod'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'

export type Place = readonly PropertyKey[]

/** One thing that is wrong with a file: where it stands and what to do about it. Never a value of a customer. */
export interface ScenarioProblem {
  /** From 1; null when the place cannot be told. */
  readonly line: number | null
  /** `customers.acme.owner`; empty for the file as a whole. */
  readonly place: string
  readonly message: string
}

/** The file cannot be asked at all; every problem that was found. */
export class ScenarioInvalid extends Error {
  readonly problems: readonly ScenarioProblem[]

  constructor(problems: readonly ScenarioProblem[]) {
    super(`the policy file has ${problems.length} problem(s): ${problems.slice(0, 3).map(describeProblem).join('; ')}`)
    this.name = 'ScenarioInvalid'
    this.problems = problems
  }
}

/** `line 12, customers.acme.owner: no staff is called "lim"` */
export function describeProblem({ line, place, message }: ScenarioProblem): string {
  const where = [...(line === null ? [] : [`line ${line}`]), ...(place === '' ? [] : [place])].join(', ')
  return where === '' ? message : `${where}: ${message}`
}

const longestText = 2_000_000
const mostAliases = 100

/** A YAML text with the way back from each value to its line. */
export class Source {
  readonly value: unknown
  readonly #document: Document
  readonly #lines: LineCounter

  private constructor(document: Document, lines: LineCounter, value: unknown) {
    this.#document = document
    this.#lines = lines
    this.value = value
  }

  /** Throws ScenarioInvalid for a text that is too long or no YAML. */
  static read(text: string): Source {
    if (text.length > longestText) throw new ScenarioInvalid([{ line: null, place: '', message: `the file is longer than ${longestText} characters` }])
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
    const problems = document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, place: '', message: error.message }))
    if (problems.length > 0) throw new ScenarioInvalid(problems)
    try {
      return new Source(document, lines, document.toJS({ maxAliasCount: mostAliases }))
    } catch (error) {
      throw new ScenarioInvalid([{ line: null, place: '', message: error instanceof Error ? error.message : 'unreadable' }])
    }
  }

  problem(place: Place, message: string): ScenarioProblem {
    return { line: this.lineOf(place), place: place.map(String).join('.'), message }
  }

  /** What zod found, where it stands in the file. */
  problemsOf(error: z.ZodError, place: Place = []): ScenarioProblem[] {
    return error.issues.flatMap((issue) => {
      const at = [...place, ...issue.path]
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => this.problem([...at, key], 'unknown word'))
      if (issue.code !== 'invalid_union') return [this.problem(at, issue.message)]
      const forms = issue.errors.flatMap((one) => one[0] ?? []).map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
      return [this.problem(at, forms.length === 0 ? issue.message : `none of the accepted forms fits (${[...new Set(forms)].join('; ')})`)]
    })
  }

  /** The line of the deepest part of the place that the file has. */
  lineOf(place: Place): number | null {
    let node: unknown = this.#document.contents
    let offset = 0
    for (const step of place) {
      if (isAlias(node)) node = node.resolve(this.#document)
      if (isMap(node)) {
        const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : String(item.key)) === String(step))
        if (pair === undefined) break
        offset = startOf(pair.key) ?? offset
        node = pair.value
      } else if (isSeq(node)) {
        node = node.items[Number(step)]
        offset = startOf(node) ?? offset
      } else break
    }
    return this.#document.contents === null ? null : this.#lines.linePos(offset).line
  }
}

function startOf(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return null
  const start: unknown = node.range[0]
  return typeof start === 'number' ? start : null
}
