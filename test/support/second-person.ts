import type { Reply } from './person.ts'
import type { TestApp } from './test-app.ts'

/** What was published and gives more waits for a second person: the administrator agrees. Anything else is handed on as it is. */
export async function agreed(app: Pick<TestApp, 'as'>, reply: Reply): Promise<Reply> {
  const { approvalId } = reply.body ?? {}
  if (typeof approvalId !== 'string') return reply
  const decided = await (await app.as('admin01')).post(`/api/approvals/${approvalId}/decision`, { verdict: 'approve' })
  if (decided.status !== 200 || decided.body.outcome !== 'approved') throw new Error(`the second person did not agree: ${decided.text}`)
  return reply
}
