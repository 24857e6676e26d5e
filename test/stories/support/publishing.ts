import { expect } from 'vitest'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import type { Person } from '../../support/person.ts'
import type { StoryApp } from './story-app.ts'

/** A document that a story may change; it is sent to the server as JSON, so also with wrong words. */
export type EditedPolicy = { -readonly [P in keyof PolicyDocument]: any }

export const grantOf = (operations: readonly string[], more: object = {}): object => ({ operations, scope: { kind: 'all' }, conditions: [], fields: {}, ...more })

/** Two administrators who change the policy in the console: draft, preview, agreement of the second. Returns the version in force. */
export async function publishPolicy(app: StoryApp, change: (document: EditedPolicy) => void): Promise<number> {
  const [first, second] = await administrators(app)
  const send = async (person: Person, method: string, path: string, body: object) => {
    const reply = await person.send(method, path, { body: JSON.stringify(body) })
    expect([method, path, reply.status, reply.body.error]).toEqual([method, path, 200, undefined])
    return reply.body
  }
  const begun = await send(first, 'POST', '/api/policy/drafts', { name: '调整' })
  change(begun.document)
  const saved = await send(first, 'PUT', `/api/policy/drafts/${begun.id}`, { version: begun.version, document: begun.document })
  expect(saved.flaws).toEqual([])
  await send(first, 'POST', `/api/policy/drafts/${begun.id}/preview`, {})
  await app.settle()
  const asked = await send(first, 'POST', `/api/policy/drafts/${begun.id}/publish`, { version: saved.version, note: '调整' })
  await app.settle()
  if (asked.outcome === 'waiting') await send(second, 'POST', `/api/approvals/${asked.requestId}/decision`, { verdict: 'approve' })
  return (await first.get('/api/policy')).body.version.number
}

/** Signed in anew: deciding over the policy asks for a fresh sign-in. */
async function administrators(app: StoryApp): Promise<[Person, Person]> {
  const second = await app.as('operations02')
  const roles: { key: string }[] = (await second.get('/api/me')).body.roles
  if (!roles.some((role) => role.key === 'administrator')) await app.giveRole('operations02', 'administrator')
  return [await app.as('admin01'), second]
}
