import fc from 'fast-check'
import type { Operation } from '#shared/access/index'
import type { DepartmentNode } from '../../../server/access/tree.ts'
import {
  campaignArbitrary, campaignKeys, categories, departmentIds, few, grantArbitrary, moment, narrowedGrantArbitrary, nodeGrantArbitrary, nodes, operationArbitrary,
  plainGrantArbitrary, rarely, recordOperationArbitrary, restrictionArbitrary, roleKeys, shareArbitrary, some, staffIds, stages, tagGroups, tags, tasks, temporaryArbitrary,
} from './random-rules.ts'
import type { UnreadableRule, World, WorldCustomer, WorldStaff, WorldThing } from './world.ts'

/** One question about everybody in a company: may he do this, with what the action is about. */
export interface Question {
  readonly operation: Operation
  readonly context: { readonly campaign?: string | undefined, readonly templateCategory?: string | undefined }
}

/** A random company with the questions that are asked about it. */
export interface Case {
  readonly world: World
  readonly questions: readonly Question[]
}

const departmentId = fc.constantFrom(...departmentIds)
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 })

const departmentsArbitrary: fc.Arbitrary<DepartmentNode[]> = fc
  .array(fc.record({ parent: fc.nat({ max: 7 }), deleted: rarely(7) }), { minLength: 4, maxLength: 5 })
  .map((plans) => {
    const made: DepartmentNode[] = [{ id: 1, path: '/1/', deleted: false }]
    for (const plan of plans) {
      const parent = made[plan.parent % made.length] ?? { path: '/' }
      const id = made.length + 1
      made.push({ id, path: `${parent.path}${id}/`, deleted: plan.deleted })
    }
    return made
  })

const staffArbitrary = (id: string): fc.Arbitrary<WorldStaff> => fc.record({
  id: fc.constant(id),
  status: fc.oneof({ weight: 15, arbitrary: fc.constant<'active'>('active') }, { weight: 1, arbitrary: fc.constantFrom<'left' | 'disabled' | 'hidden'>('left', 'disabled', 'hidden') }),
  departmentIds: fc.oneof({ weight: 6, arbitrary: few(departmentIds) }, { weight: 1, arbitrary: fc.constant<number[]>([]) }),
  roleKeys: some(roleKeys, 2),
})

const customerArbitrary: fc.Arbitrary<Omit<WorldCustomer, 'id'>> = fc.record({
  ownerStaffId: orNull(fc.constantFrom(...staffIds)),
  ownerDepartmentId: orNull(departmentId),
  poolDepartmentId: orNull(departmentId),
  stage: fc.constantFrom(...stages),
  valueTier: orNull(fc.integer({ min: 1, max: 5 })),
  follows: fc.uniqueArray(fc.record({ staffId: fc.constantFrom(...staffIds), departmentId: orNull(departmentId), ended: rarely(3) }), { maxLength: 2, selector: (one) => one.staffId }),
  tagIds: some(tags),
  openTasks: some(tasks),
  nodes: some(nodes),
  formerNodes: some(nodes),
  orders: fc.array(fc.record({ storeDepartmentId: departmentId, amountFen: fc.constantFrom(0, 1, 40, 60, 100, 200) }), { maxLength: 3 }),
  visits: fc.array(fc.record({ storeDepartmentId: departmentId }), { maxLength: 2 }),
})

const thingArbitrary: fc.Arbitrary<Omit<WorldThing, 'id'>> = fc.record({ departmentId: orNull(departmentId), creatorStaffId: orNull(fc.constantFrom(...staffIds)) })

const unreadableArbitrary = fc.oneof(
  { weight: 12, arbitrary: fc.constant<UnreadableRule[]>([]) },
  { weight: 1, arbitrary: some<UnreadableRule>(['role', 'node grant', 'temporary grant', 'share'], 4) },
  { weight: 1, arbitrary: fc.constant<UnreadableRule[]>(['restriction']) },
)

/** Gives each its id by its place. */
function numbered<T>(letter: string, arbitrary: fc.Arbitrary<T[]>): fc.Arbitrary<(T & { readonly id: string })[]> {
  return arbitrary.map((list) => list.map((one, place) => ({ ...one, id: `${letter}${place}` })))
}

/** Most companies have a few, some none. */
const upTo = <T>(most: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant<T[]>([]) }, { weight: 2, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: most }) })

export const worldArbitrary: fc.Arbitrary<World> = fc.record({
  now: fc.constant(moment),
  departments: departmentsArbitrary,
  roles: fc.record({
    r0: fc.tuple(plainGrantArbitrary, fc.array(grantArbitrary, { maxLength: 3 })).map(([plain, rest]) => [plain, ...rest]),
    r1: fc.tuple(fc.array(narrowedGrantArbitrary, { maxLength: 1 }), fc.array(grantArbitrary, { maxLength: 3 })).map(([narrowed, rest]) => [...narrowed, ...rest]),
    r2: fc.array(grantArbitrary, { maxLength: 2 }),
  }),
  staff: fc.tuple(staffArbitrary('s0'), staffArbitrary('s1')).map(([first, second]) => [{ ...first, roleKeys: [...new Set(['r0', ...first.roleKeys])] }, second]),
  restrictions: numbered('d', upTo(3, restrictionArbitrary)),
  campaigns: numbered('k', fc.array(campaignArbitrary, { minLength: 1, maxLength: 2 })),
  temporary: numbered('t', upTo(4, temporaryArbitrary)),
  nodeGrants: numbered('n', upTo(3, nodeGrantArbitrary)),
  shares: numbered('h', upTo(4, shareArbitrary)),
  freezes: numbered('z', fc.oneof(
    { weight: 8, arbitrary: fc.constant<Omit<World['freezes'][number], 'id'>[]>([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.record({ staffId: fc.constantFrom(...staffIds), lifted: fc.boolean() }), { maxLength: 2, selector: (one) => one.staffId }) },
  )),
  tagGroups: fc.constant(tagGroups),
  customers: numbered('c', fc.array(customerArbitrary, { minLength: 40, maxLength: 42 })),
  things: numbered('m', fc.array(thingArbitrary, { minLength: 4, maxLength: 8 })),
  unreadable: unreadableArbitrary,
})

const questionArbitrary = (operation: fc.Arbitrary<Operation>): fc.Arbitrary<Question> => fc.record({
  operation,
  context: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ campaign: fc.constantFrom(...campaignKeys), templateCategory: fc.constantFrom(...categories) }, { requiredKeys: [] }) },
  ),
})

export const caseArbitrary: fc.Arbitrary<Case> = fc.record({
  world: worldArbitrary,
  questions: fc.tuple(questionArbitrary(recordOperationArbitrary), fc.uniqueArray(questionArbitrary(operationArbitrary), { minLength: 4, maxLength: 5, selector: (one) => one.operation }))
    .map(([first, rest]) => [first, ...rest.filter((one) => one.operation !== first.operation)]),
})
