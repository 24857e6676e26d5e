import Router from '@koa/router'
import type { Context } from 'koa'
import { contracts } from '#shared/contracts/index'
import { isCustomerBound, isOperation, type Operation } from '#shared/access/index'
import type { ErrorCode } from '#shared/error-codes'
import type { Access, ActorAccess } from '../access/index.ts'
import { AccessDenied, Invariant, ProjectError } from '../errors.ts'
import type { ActorContext, RouteContext, SignedIn } from './context.ts'
import { once, type IdempotencyParts } from './idempotency.ts'
import type { RateLimit } from './rate-limit.ts'
import { languageOf, requestIdOf } from './request-state.ts'
import type { Route } from './route.ts'

export interface MountOptions {
  readonly access: Access
  /** Finds the signed-in person of a request, or null. Passed in: `http` knows no business domain. */
  readonly findSignedIn: (ctx: Context) => Promise<SignedIn | null>
  readonly limitPerStaff: RateLimit
  readonly limitPerAddress: RateLimit
  /** What `Idempotency-Key` needs. */
  readonly idempotency: IdempotencyParts
  /** Records a refusal; must be on disk before the answer. */
  readonly onRefused: (refusal: Refusal) => Promise<void>
}

/** Somebody was told that he may not do something: at the gate of a route, or inside it about one customer or filter. */
export interface Refusal {
  readonly actor: ActorAccess
  /** The customer of the path as the caller spelled him: known or not, visible or not. */
  readonly externalUserId: string | null
  readonly operation: Operation | null
  readonly code: ErrorCode
  readonly path: string
  readonly requestId: string
}

/**
 * Mounts every contract of the product. Refuses to start when a contract has no route, a route has no contract,
 * or one is there twice: a route without a declared operation cannot exist.
 */
export function mountRoutes(routes: readonly Route[], options: MountOptions): Router {
  checkComplete(routes)
  const router = new Router({ strict: true, sensitive: true })
  for (const one of routes) router.register(one.contract.path, [one.contract.method], (ctx: Context) => answer(ctx, one, options))
  return router
}

function checkComplete(routes: readonly Route[]): void {
  const mounted = routes.map((one) => one.contract)
  const missing = contracts.filter((contract) => !mounted.includes(contract))
  const unknown = mounted.filter((contract) => !contracts.includes(contract))
  const twice = mounted.filter((contract, place) => mounted.findIndex((other) => other.path === contract.path && other.method === contract.method) !== place)
  const wrong = [...missing, ...unknown, ...twice].map((contract) => `${contract.method} ${contract.path}`)
  if (wrong.length > 0) throw new Invariant(`routes and contracts differ: ${wrong.join('; ')}`)
}

async function answer(ctx: Context, one: Route, options: MountOptions): Promise<void> {
  const context: RouteContext = { requestId: requestIdOf(ctx), language: languageOf(ctx), ip: ctx.ip }
  const actor = one.contract.needs.kind === 'public' ? null : await actorOf(ctx, context, options)
  const params: unknown = Reflect.get(ctx, 'params')
  const body: unknown = Reflect.get(ctx.request, 'body')
  ctx.set('cache-control', 'no-store')
  try {
    checkGate(one, actor)
    const input = { params: params ?? {}, query: { ...ctx.query }, body: body ?? {} }
    const handle = () => one.answer(input, context, actor)
    const key = ctx.method === 'POST' ? ctx.get('idempotency-key') : ''
    ctx.body = key === '' || actor === null ? await handle()
      : await once(options.idempotency, { actor: actor.actor, key, requestId: context.requestId, method: ctx.method, path: one.contract.path, showsOnce: one.contract.showsOnce, ...input }, handle)
  } catch (error) {
    if (actor !== null && isRefusal(error)) await options.onRefused(refusalOf(error, one, actor, params))
    throw error
  }
}

/** Whoever cannot hold the route's operation for anything does not get in. */
function checkGate(one: Route, actor: ActorContext | null): void {
  const { needs } = one.contract
  if (needs.kind !== 'operation' || actor === null || actor.actor.may(needs.operation)) return
  if (isCustomerBound(needs.operation)) actor.actor.requireNotFrozen()
  throw new AccessDenied(needs.operation)
}

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['access.denied', 'access.filter_refused', 'access.frozen'])
const isRefusal = (error: unknown): error is ProjectError => error instanceof ProjectError && refusals.has(error.code)

function refusalOf(error: ProjectError, one: Route, { actor, requestId }: ActorContext, params: unknown): Refusal {
  const { needs, path } = one.contract
  const named: unknown = error.data['operation']
  const operation = typeof named === 'string' && isOperation(named) ? named : needs.kind === 'operation' ? needs.operation : null
  const customer: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'externalUserId') : undefined
  return { actor, externalUserId: typeof customer === 'string' ? customer : null, operation, code: error.code, path, requestId }
}

async function actorOf(ctx: Context, context: RouteContext, options: MountOptions): Promise<ActorContext> {
  const signedIn = await options.findSignedIn(ctx)
  if (signedIn === null) {
    await options.limitPerAddress.use(context.ip)
    throw new ProjectError('session.required', 401)
  }
  await options.limitPerStaff.use(signedIn.staffId)
  const actor = await options.access.actorFor(signedIn.staffId)
  ctx.set('x-access-epoch', String(actor.epoch))
  // On each answer, not only on the poll's: what a screen read before its first poll has to be comparable with it.
  ctx.set('x-access-since', String(actor.since))
  return { ...context, signedIn, actor }
}
