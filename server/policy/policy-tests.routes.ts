import { dropPolicyTest, keepPolicyTest, listPolicyTests, readPolicyTest } from '#shared/contracts/policy-tests'
import { route, type Route } from '../http/route.ts'
import { namesOf } from './policy.presenter.ts'
import { policyTests, type PolicyTestRow } from './policy.entity.ts'
import type { PolicyOptions } from './policy-options.ts'
import { dropTest, findTest, keepTest, runTest, type Scenarios } from './policy-tests.ts'
import { currentPolicy } from './versions.ts'

export function policyTestRoutes(options: PolicyOptions, scenarios: Scenarios): Route[] {
  const { db } = options.database
  const shown = async (rows: readonly PolicyTestRow[]) => {
    const people = await namesOf(db, rows.map((row) => row.createdBy))
    return rows.map(({ id, name, createdAt, createdBy }) => ({ id, name, createdAt, createdBy: people.get(createdBy) ?? null }))
  }
  const one = async (row: PolicyTestRow) => {
    const people = await namesOf(db, [row.createdBy])
    return { id: row.id, name: row.name, createdAt: row.createdAt, createdBy: people.get(row.createdBy) ?? null }
  }
  return [
    route(listPolicyTests, async () => ({ items: await shown(await db.getRepository(policyTests).find({ order: { name: 'ASC', id: 'ASC' } })) })),
    route(readPolicyTest, async ({ params }) => {
      const { test, text } = await findTest(db, params.id)
      return { ...await one(test), text, ...await runTest(scenarios, text, (await currentPolicy(options)).document) }
    }),
    route(keepPolicyTest, async ({ body }, { actor }) => {
      const { test, questions, failures } = await keepTest(options, scenarios, actor.staffId, body)
      return { ...await one(test), questions, failures }
    }),
    route(dropPolicyTest, async ({ params }, { actor }) => {
      await dropTest(options, actor.staffId, params.id)
      return { dropped: true }
    }),
  ]
}
