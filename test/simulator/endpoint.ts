import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import type { Core } from './core.ts'
import { WecomFault } from './fault.ts'
import type { SecretKind } from './state.ts'

export interface Upload {
  readonly filename: string
  readonly contentType: string
  readonly bytes: Buffer
}

export interface Call {
  readonly core: Core
  readonly caller: SecretKind
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly ip: string
  /** The file of a multipart body. */
  readonly upload: Upload | null
  /** The body as received, for the duplicate check. */
  readonly text: string
}

/** Fields beside errcode and errmsg, or a file. */
export type Answer = Readonly<Record<string, unknown>>
export class FileAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer

  constructor(status: number, headers: Readonly<Record<string, string>>, bytes: Buffer) {
    this.status = status
    this.headers = headers
    this.bytes = bytes
  }
}

export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Whose token may call it; `open` needs none. */
  readonly callers: readonly SecretKind[] | 'open'
  /** Belongs to 客户联系: 48002 when the app is not listed there. */
  readonly customerApi: boolean
  run(raw: unknown, call: Call): Promise<Answer | FileAnswer>
}

interface Definition<S extends z.ZodType> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly callers?: readonly SecretKind[] | 'open'
  readonly customerApi?: boolean
  readonly input: S
  /** Errcode of whatever is missing or wrong below a part of the input, unless the schema names one itself. */
  readonly partCodes?: Readonly<Record<string, number>>
  handle(input: z.output<S>, call: Call): Answer | FileAnswer | Promise<Answer | FileAnswer>
}

/** Declares one API: who may call it, what it takes, what it does. */
export function endpoint<S extends z.ZodType>(definition: Definition<S>): Endpoint {
  return {
    method: definition.method,
    path: `/cgi-bin/${definition.path}`,
    callers: definition.callers ?? ['app'],
    customerApi: definition.customerApi ?? false,
    run: async (raw, call) => definition.handle(parseInput(definition.input, raw, definition.partCodes), call),
  }
}

/** A schema's message that is a number is the errcode; else missing is 40063 and wrong is 40058. */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown, partCodes: Readonly<Record<string, number>> = {}): z.output<S> {
  const parsed = schema.safeParse(raw, { error: (issue) => (issue.input === undefined ? '40063' : '40058') })
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  const code = Number(first?.message)
  const isUsual = !Number.isInteger(code) || code === 40063 || code === 40058
  const part = isUsual && first !== undefined && first.path.length > 1 ? partCodes[String(first.path[0])] : undefined
  throw new WecomFault(part ?? (Number.isInteger(code) ? code : 40058))
}
