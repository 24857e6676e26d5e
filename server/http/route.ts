import type { z } from 'zod'
import type { Contract } from '#shared/contracts/contract'
import { Invariant, ProjectError, RequestInvalid } from '../errors.ts'
import type { ActorContext, RouteContext } from './context.ts'

export interface Input<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>
  readonly query: z.output<Q>
  readonly body: z.output<B>
}

export interface RawInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** A mounted route: its contract and a handler that has parsed what comes in and checks what goes out. */
export interface Route {
  readonly contract: Contract
  readonly answer: (raw: RawInput, context: RouteContext, actor: ActorContext | null) => Promise<unknown>
}

function parseInput<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(contract: Contract<P, Q, B>, raw: RawInput): Input<P, Q, B> {
  const params = contract.params.safeParse(raw.params)
  const query = contract.query.safeParse(raw.query)
  const body = contract.body.safeParse(raw.body)
  const issues = [['params', params], ['query', query], ['body', body]] as const
  const places = issues.flatMap(([part, result]) =>
    result.success ? [] : result.error.issues.map((issue) => [part, ...issue.path].map(String).join('.')),
  )
  if (!params.success || !query.success || !body.success) throw new RequestInvalid([...new Set(places)].slice(0, 50))
  return { params: params.data, query: query.data, body: body.data }
}

function checkAnswer(contract: Contract, answer: unknown): unknown {
  const checked = contract.returns.safeParse(answer)
  if (checked.success) return checked.data
  // A field outside the contract must not leave; the log learns the place, never the value.
  const places = checked.error.issues.map((issue) => issue.path.map(String).join('.'))
  throw new ProjectError('internal.answer_refused', 500, {}, { cause: new Invariant(`answer of ${contract.path} left its contract at ${places.join(', ')}`) })
}

/** A route for signed-in staff: `handle` runs with the actor whose rules are in force now. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  contract: Contract<P, Q, B, R>,
  handle: (input: Input<P, Q, B>, context: ActorContext) => Promise<z.input<R>>,
): Route {
  if (contract.needs.kind === 'public') throw new Invariant(`${contract.path} is public: declare it with publicRoute`)
  return {
    contract,
    answer: async (raw, _context, actor) => {
      if (actor === null) throw new ProjectError('session.required', 401)
      return checkAnswer(contract, await handle(parseInput(contract, raw), actor))
    },
  }
}

/** A route without sign-in; its contract must say why. */
export function publicRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  contract: Contract<P, Q, B, R>,
  handle: (input: Input<P, Q, B>, context: RouteContext) => Promise<z.input<R>>,
): Route {
  if (contract.needs.kind !== 'public') throw new Invariant(`${contract.path} needs ${contract.needs.kind}: declare it with route`)
  return {
    contract,
    answer: async (raw, context) => checkAnswer(contract, await handle(parseInput(contract, raw), context)),
  }
}
