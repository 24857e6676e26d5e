import Router from '@koa/router'
import type { Context } from 'koa'
import { contracts } from '#shared/contracts/index'
import type { Operation } from '#shared/access/index'
import type { Access } from '../access/index.ts'
import { AccessDenied, Invariant, ProjectError } from '../errors.ts'
import type { ActorContext, RouteContext, SignedIn } from './context.ts'
import type { RateLimit } from './rate-limit.ts'
import { languageOf, requestIdOf } from './request-state.ts'
import type { Route } from './route.ts'

export interface MountOptions {
  readonly access: Access
  /** Finds the signed-in person of a request, or null. Passed in: `http` knows no business domain. */
  readonly findSignedIn: (ctx: Context) => Promise<SignedIn | null>
  readonly limitPerStaff: RateLimit
  readonly limitPerAddress: RateLimit
  /** Records a refusal; must be on disk before the answer. */
  readonly onRefused: (refusal: { readonly staffId: string; readonly operation: Operation; readonly path: string; readonly requestId: string }) => Promise<void>
}

/**
 * Mounts every contract of the product. Refuses to start when a contract has no route, a route has no contract,
 * or one is there twice: a route without a declared operation cannot exist.
 */
export function mountRoutes(routes: readonly Route[], options: MountOptions): Router {
  checkComplete(routes)
  const router = new Router()
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
  const actor = one.contract.needs.kind === 'public' ? null : await actorOf(ctx, context, one, options)
  const params: unknown = Reflect.get(ctx, 'params')
  const body: unknown = Reflect.get(ctx.request, 'body')
  ctx.set('cache-control', 'no-store')
  ctx.body = await one.answer({ params: params ?? {}, query: { ...ctx.query }, body: body ?? {} }, context, actor)
}

async function actorOf(ctx: Context, context: RouteContext, one: Route, options: MountOptions): Promise<ActorContext> {
  const signedIn = await options.findSignedIn(ctx)
  if (signedIn === null) {
    await options.limitPerAddress.use(context.ip)
    throw new ProjectError('session.required', 401)
  }
  await options.limitPerStaff.use(signedIn.staffId)
  const actor = await options.access.actorFor(signedIn.staffId)
  ctx.set('x-access-epoch', String(actor.epoch))
  const { needs } = one.contract
  if (needs.kind === 'operation' && !actor.may(needs.operation)) {
    await options.onRefused({ staffId: signedIn.staffId, operation: needs.operation, path: one.contract.path, requestId: context.requestId })
    throw new AccessDenied(needs.operation)
  }
  return { ...context, signedIn, actor }
}
