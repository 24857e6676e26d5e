import { z } from 'zod'
import { contract, needsNothing, needsSession } from './contract.ts'
import { Instant } from './ids.ts'

export const readMe = contract({
  method: 'GET',
  path: '/api/me',
  summary: 'Who is signed in, and the operations that might ever be allowed (for menus only; the server decides each time).',
  needs: needsSession('everybody may know who he is himself'),
  returns: z.object({
    staff: z.object({ userid: z.string(), name: z.string(), departments: z.array(z.object({ id: z.number(), name: z.string(), kind: z.string() }).strict()) }).strict(),
    roles: z.array(z.object({ key: z.string(), label: z.string() }).strict()),
    operations: z.array(z.string()),
    epoch: z.number().int(),
    now: z.number().int(),
    /** The company's time zone: days and times on the screens are its own. */
    zone: z.string(),
  }).strict(),
  fails: ['session.required'],
})

export const readEpoch = contract({
  method: 'GET',
  path: '/api/epoch',
  summary: 'Which rules are in force for the caller: the epoch, and the last instant at which the clock began or ended one of his own. Open screens poll both and drop what they show when either changes.',
  needs: needsSession('says only that something changed'),
  returns: z.object({
    epoch: z.number().int(),
    /** An end by the clock raises no epoch; 0 while the clock has changed nothing. */
    since: Instant,
  }).strict(),
  fails: ['session.required'],
})

export const listSessions = contract({
  method: 'GET',
  path: '/api/sessions',
  summary: 'The places where the caller is signed in.',
  needs: needsSession('one\'s own sessions'),
  returns: z.object({
    items: z.array(z.object({ id: z.string(), surface: z.enum(['sidebar', 'console']), createdAt: z.number(), lastSeenAt: z.number(), userAgent: z.string(), current: z.boolean() }).strict()),
  }).strict(),
  fails: ['session.required'],
})

export const revokeSession = contract({
  method: 'DELETE',
  path: '/api/sessions/:id',
  summary: 'Ends one of the caller\'s own sessions.',
  needs: needsSession('one\'s own sessions'),
  params: z.object({ id: z.uuid() }).strict(),
  returns: z.object({ revoked: z.boolean() }).strict(),
  fails: ['session.required'],
})

const Signature = z.object({ timestamp: z.number().int(), nonceStr: z.string(), signature: z.string() }).strict()

export const readJssdkConfig = contract({
  method: 'GET',
  path: '/api/jssdk/config',
  summary: 'Signatures for @wecom/jssdk, for the page whose address is given (without its fragment).',
  needs: needsSession('the ticket stays on the server; only addresses of this product are signed'),
  query: z.object({ url: z.string().min(1).max(2048) }).strict(),
  returns: z.object({
    corpId: z.string(), agentId: z.number().int(),
    corp: Signature, agent: Signature,
  }).strict(),
  fails: ['session.required', 'request.invalid', 'wecom.failed', 'wecom.unreachable'],
})

export const readOpenApi = contract({
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This contract as an OpenAPI document.',
  needs: needsNothing('describes shapes, holds no data'),
  returns: z.looseObject({ openapi: z.string() }),
})
