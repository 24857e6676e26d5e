import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import type { PolicyTestDifference } from '#shared/contracts/policy-tests'
import { ScenarioInvalid, type ScenarioPolicy, type ScenarioResult } from '../access/index.ts'
import { ProjectError } from '../errors.ts'
import { dropText, loadText, saveText } from './document-text.ts'
import { policyTests, type PolicyTestRow } from './policy.entity.ts'
import { requireOperator, type BeforePublish, type PolicyOptions } from './policy-options.ts'
import { currentPolicy } from './versions.ts'

/** How policy files are asked; handed in, because asking one opens a database of its own. */
export interface Scenarios {
  run(text: string, policy: ScenarioPolicy): Promise<ScenarioResult>
  /** The policy in force as a file with examples of this company. */
  export(now: number): Promise<string>
}

/** Each is a small company of its own that is built again for every publishing. */
const mostTests = 50

const asScenario = (document: PolicyDocument): ScenarioPolicy => ({
  roles: document.roles,
  restrictions: document.restrictions.map((one) => ({ ...one, endedAt: null })),
  nodeGrants: document.nodeGrants,
  templateRules: document.templateRules.map(({ id: _, ...rule }) => rule),
})

export interface TestRun {
  /** How many questions were asked; none of a file that cannot be asked of this policy. */
  readonly questions: number
  readonly failures: PolicyTestDifference[]
}

/** Where a policy answers otherwise than the file expects; a file that cannot be asked of it fails as well. */
export async function runTest(scenarios: Scenarios, text: string, document: PolicyDocument): Promise<TestRun> {
  try {
    const { questions, differences } = await scenarios.run(text, asScenario(document))
    return { questions, failures: differences.map(({ line, question, expected, decide }) => ({ line, question, expected, found: decide })) }
  } catch (error) {
    if (error instanceof ScenarioInvalid) return { questions: 0, failures: error.problems.map(({ line, place, message }) => ({ line, question: place, expected: null, found: message })) }
    throw error
  }
}

/** One line, for whoever reads the preview of a draft. */
function inOneLine({ line, question, expected, found }: PolicyTestDifference): string {
  return `${line === null ? '' : `${line}: `}${question}: ${expected === null ? '' : `${expected} → `}${found}`
}

/** Every test that is kept must hold before a policy is published. */
export function keptTests(scenarios: Scenarios): BeforePublish {
  return async (db, document) => {
    const failed: { name: string, detail: string }[] = []
    for (const test of await db.getRepository(policyTests).find({ order: { name: 'ASC', id: 'ASC' } })) {
      const { failures: [first, ...more] } = await runTest(scenarios, await loadText(db, test.id) ?? '', document)
      if (first !== undefined) failed.push({ name: test.name, detail: `${inOneLine(first)}${more.length === 0 ? '' : ` (+${more.length})`}` })
    }
    return failed
  }
}

/** A kept test never changes: whoever was asked of a document needs not be asked again. */
export async function keptTestIds(db: EntityManager): Promise<string[]> {
  return (await db.getRepository(policyTests).find({ select: { id: true }, order: { id: 'ASC' } })).map((test) => test.id)
}

/** Throws `policy.test_not_found`. */
export async function findTest(db: EntityManager, id: string): Promise<{ readonly test: PolicyTestRow, readonly text: string }> {
  const test = await db.getRepository(policyTests).findOneBy({ id })
  if (test === null) throw new ProjectError('policy.test_not_found', 404)
  return { test, text: await loadText(db, id) ?? '' }
}

/**
 * Keeps a file. It need not hold under the policy in force, so that a test may be written before its rule, but it must be one
 * that can be asked. Throws `policy.test_unreadable`, `policy.too_many_tests`.
 */
export async function keepTest(options: PolicyOptions, scenarios: Scenarios, staffId: string, wanted: { readonly name: string, readonly text?: string | undefined }): Promise<TestRun & { readonly test: PolicyTestRow }> {
  const text = wanted.text ?? await scenarios.export(options.access.clock.now())
  const run = await askable(scenarios, text, (await currentPolicy(options)).document)
  const test: PolicyTestRow = { id: uuid(), name: wanted.name, createdAt: options.access.clock.now(), createdBy: staffId }
  await options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const table = work.db.getRepository(policyTests)
    if (await table.count() >= mostTests) throw new ProjectError('policy.too_many_tests', 409)
    await table.insert(test)
    await saveText(work.db, test.id, text)
    await options.audit.record(work.db, {
      actorKind: 'staff', actorId: staffId, action: 'policy.test-kept', operation: 'system.policy.operate', subjectKind: 'policy-test', subjectId: test.id, outcome: 'done',
    })
  })
  return { test, ...run }
}

/** Throws `policy.test_unreadable` for a file that has no questions to ask, with its places. */
async function askable(scenarios: Scenarios, text: string, document: PolicyDocument): Promise<TestRun> {
  const run = await runTest(scenarios, text, document)
  const problems = run.failures.filter((one) => one.expected === null)
  if (problems.length > 0) throw new ProjectError('policy.test_unreadable', 400, { places: problems.slice(0, 20).map((one) => (one.line === null ? one.question : `${one.line}`)) })
  return run
}

export async function dropTest(options: PolicyOptions, staffId: string, id: string): Promise<void> {
  await options.database.transaction(async (work) => {
    await requireOperator(options, work, staffId)
    const dropped = await work.db.getRepository(policyTests).delete({ id })
    if (dropped.affected !== 1) throw new ProjectError('policy.test_not_found', 404)
    await dropText(work.db, id)
    await options.audit.record(work.db, {
      actorKind: 'staff', actorId: staffId, action: 'policy.test-dropped', operation: 'system.policy.operate', subjectKind: 'policy-test', subjectId: id, outcome: 'done',
    })
  })
}
