import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { ErrorBody, type Contract } from '#shared/contracts/contract'
import { contracts } from '#shared/contracts/index'

function describe(one: Contract): RouteConfig {
  const needs = one.needs.kind === 'operation' ? `Needs ${one.needs.operation}.` : one.needs.kind === 'session' ? 'Needs a session.' : 'Public.'
  return {
    method: methods[one.method],
    path: one.path.replace(/:(\w+)/g, '{$1}'),
    summary: one.summary,
    description: `${needs} Fails with: ${one.fails.length === 0 ? 'nothing of its own' : one.fails.join(', ')}.`,
    request: {
      ...(one.params instanceof z.ZodObject ? { params: one.params } : {}),
      ...(one.query instanceof z.ZodObject ? { query: one.query } : {}),
      ...(one.method === 'POST' && one.needs.kind !== 'public' ? { headers: z.object({ 'Idempotency-Key': z.string().max(200).optional() }) } : {}),
      ...(one.method === 'GET' || one.method === 'DELETE' ? {} : { body: { content: { 'application/json': { schema: one.body } } } }),
    },
    responses: {
      200: { description: 'The answer', content: { 'application/json': { schema: one.returns } } },
      default: { description: 'An error with a stable code', content: { 'application/json': { schema: ErrorBody } } },
    },
  }
}

const methods = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const

/** All contracts as one OpenAPI document, made from the same objects that guard the routes. */
export function openApiDocument(): Record<string, unknown> & { openapi: string } {
  const registry = new OpenAPIRegistry()
  for (const one of contracts) registry.registerPath(describe(one))
  return { ...new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: '3.1.0', info: { title: 'wecom-scrm', version: '1' } }) }
}
